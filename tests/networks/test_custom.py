"""The user's own encoder and decoder."""

# SPDX-License-Identifier: BSD-3-Clause

import pytest
import torch
from torch import nn

from sk_autoencoder.networks import Custom, Sizes

N_FEATURES, N_COMPONENTS = 4, 2


class Own(nn.Module):
    def __init__(self, n_features, n_components):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.BatchNorm1d(n_features), nn.Linear(n_features, n_components)
        )
        self.decoder = nn.Linear(n_components, n_features)


def build(factory, start_at_zero=False):
    sizes = Sizes(N_FEATURES, N_COMPONENTS, N_COMPONENTS)
    return Custom(factory).build(sizes, (), "relu", start_at_zero=start_at_zero)


def module_of(**children):
    """Return a factory of a module with these children."""

    def factory(n_features, n_components):
        module = nn.Module()
        for name, child in children.items():
            setattr(module, name, child)
        return module

    return factory


def test_a_factory_is_called_with_the_sizes():
    encoder, decoder = build(Own)
    assert encoder[1].weight.shape == (N_COMPONENTS, N_FEATURES)
    assert decoder.weight.shape == (N_FEATURES, N_COMPONENTS)


def test_what_is_built_shares_nothing_with_the_users_module():
    module = Own(N_FEATURES, N_COMPONENTS)
    for _ in range(2):
        encoder, decoder = build(lambda n_features, n_components: module)
        assert type(encoder) is type(module.encoder)
        for mine, theirs in ((encoder, module.encoder), (decoder, module.decoder)):
            assert mine.state_dict().keys() == theirs.state_dict().keys()
            for name, value in theirs.state_dict().items():
                assert torch.equal(mine.state_dict()[name], value)
            shared = {p.data_ptr() for p in theirs.parameters()}
            assert shared.isdisjoint(p.data_ptr() for p in mine.parameters())
        with torch.no_grad():
            encoder[1].weight.zero_()


def test_weights_that_encoder_and_decoder_share_stay_shared():
    module = nn.Module()
    module.encoder = nn.Linear(3, 3)
    module.decoder = nn.Linear(3, 3)
    module.decoder.weight = module.encoder.weight
    encoder, decoder = Custom(lambda **sizes: module).build(
        Sizes(3, 3, 3), (), "relu", start_at_zero=False
    )
    assert encoder.weight is decoder.weight
    assert encoder.weight is not module.encoder.weight


@pytest.mark.parametrize(
    "normalize", [nn.utils.weight_norm, nn.utils.parametrizations.weight_norm]
)
@pytest.mark.filterwarnings("ignore:.*weight_norm:FutureWarning")
def test_normalized_weights_are_copied(normalize):
    module = Own(N_FEATURES, N_COMPONENTS)
    module.decoder = normalize(module.decoder)
    _, decoder = build(lambda **sizes: module)
    codes = torch.randn(5, N_COMPONENTS)
    assert torch.equal(decoder(codes), module.decoder(codes))


def test_a_module_that_cannot_be_copied_is_refused():
    class Locked(nn.Linear):
        def __deepcopy__(self, memo):
            raise TypeError("cannot pickle '_thread.lock' object")

    factory = module_of(
        encoder=Locked(N_FEATURES, N_COMPONENTS),
        decoder=nn.Linear(N_COMPONENTS, N_FEATURES),
    )
    with pytest.raises(ValueError, match=r"network=.*deepcopy.*_thread.lock"):
        build(factory)


def test_the_factory_chooses_its_own_widths():
    assert Custom(Own).hidden_layer_sizes(1000) == ()


def test_gated_modules_start_at_zero_exactly_and_can_leave_it():
    rows = torch.randn(8, N_FEATURES, generator=torch.Generator().manual_seed(0))
    encoder, decoder = build(Own, start_at_zero=True)
    codes = encoder(rows)
    assert codes.shape == (8, N_COMPONENTS)
    assert codes.tolist() == torch.zeros(8, N_COMPONENTS).tolist()
    output = decoder(rows[:, :N_COMPONENTS])
    assert output.tolist() == torch.zeros(8, N_FEATURES).tolist()
    (codes.sum() + output.sum()).backward()
    assert encoder.gate.grad.abs().min() > 0
    assert decoder.gate.grad.abs().min() > 0


def test_an_open_gate_is_the_users_module_output_by_output():
    encoder, _ = build(Own, start_at_zero=True)
    encoder.eval()
    rows = torch.randn(8, N_FEATURES, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        encoder.gate.copy_(torch.tensor([1.0, 3.0]))
    expected = encoder.module(rows) * torch.tensor([1.0, 3.0])
    torch.testing.assert_close(encoder(rows), expected)


def test_checking_the_shape_neither_trains_nor_freezes_batch_normalization():
    encoder, decoder = build(Own)
    assert encoder[0].num_batches_tracked == 0
    assert encoder[0].running_var.tolist() == [1.0] * N_FEATURES
    assert encoder.training
    assert encoder[0].training
    assert decoder.training


@pytest.mark.parametrize(
    "factory",
    [
        module_of(encoder=nn.Linear(N_FEATURES, N_COMPONENTS)),
        module_of(decoder=nn.Linear(N_COMPONENTS, N_FEATURES)),
        module_of(encoder=torch.sin, decoder=nn.Linear(N_COMPONENTS, N_FEATURES)),
        lambda n_features, n_components: None,
    ],
)
def test_a_network_without_both_children_is_refused(factory):
    with pytest.raises(TypeError, match="'encoder' and 'decoder'; it built"):
        build(factory)


@pytest.mark.parametrize("factory", [lambda: None, lambda n_features: None, object])
def test_a_factory_of_other_arguments_is_told_which_it_needs(factory):
    with pytest.raises(TypeError, match="must take n_features and n_components"):
        build(factory)


def test_a_module_that_cannot_take_the_rows_is_named_with_their_width():
    takes_more = module_of(
        encoder=nn.Linear(N_FEATURES + 1, N_COMPONENTS),
        decoder=nn.Linear(N_COMPONENTS, N_FEATURES),
    )
    with pytest.raises(ValueError, match=r"encoder .* \(3, 4\) to an error: mat1"):
        build(takes_more)


def test_a_module_that_changes_its_input_is_refused():
    """The input is also what the output is compared with."""
    in_place = module_of(
        encoder=nn.Sequential(
            nn.ReLU(inplace=True), nn.Linear(N_FEATURES, N_COMPONENTS)
        ),
        decoder=nn.Linear(N_COMPONENTS, N_FEATURES),
    )
    with pytest.raises(ValueError, match=r"encoder .* changed it in place"):
        build(in_place)


def test_a_module_that_gives_other_rows_is_refused():
    class Half(nn.Linear):
        def forward(self, x):
            return super().forward(x)[: len(x) // 2 + 1]

    halves = module_of(
        encoder=Half(N_FEATURES, N_COMPONENTS),
        decoder=nn.Linear(N_COMPONENTS, N_FEATURES),
    )
    with pytest.raises(ValueError, match=r"mapped \(3, 4\) to \(2, 2\)"):
        build(halves)


def test_a_wrong_shape_is_named_with_the_part_and_both_shapes():
    wrong_encoder = module_of(
        encoder=nn.Linear(N_FEATURES, 3), decoder=nn.Linear(N_COMPONENTS, N_FEATURES)
    )
    expected = r"encoder .* \(n, 4\) to \(n, 2\); it mapped \(3, 4\) to \(3, 3\)"
    with pytest.raises(ValueError, match=expected):
        build(wrong_encoder)
    wrong_decoder = module_of(
        encoder=nn.Linear(N_FEATURES, N_COMPONENTS), decoder=nn.Linear(N_COMPONENTS, 5)
    )
    expected = r"decoder .* \(n, 2\) to \(n, 4\); it mapped \(3, 2\) to \(3, 5\)"
    with pytest.raises(ValueError, match=expected):
        build(wrong_decoder)


@pytest.mark.parametrize("dtype", [torch.float16, torch.float64])
def test_weights_of_another_precision_are_refused_by_name(dtype):
    factory = module_of(
        encoder=nn.Linear(N_FEATURES, N_COMPONENTS),
        decoder=nn.Linear(N_COMPONENTS, N_FEATURES, dtype=dtype),
    )
    with pytest.raises(TypeError, match=rf"decoder .* of torch.float32.*got {dtype}"):
        build(factory)


def test_a_layer_that_gives_more_than_a_tensor_is_refused():
    factory = module_of(
        encoder=nn.LSTM(N_FEATURES, N_COMPONENTS),
        decoder=nn.Linear(N_COMPONENTS, N_FEATURES),
    )
    with pytest.raises(TypeError, match=r"encoder .* must give a tensor.*gave tuple"):
        build(factory)


def test_nothing_to_train_is_refused_unless_gates_train():
    fixed = nn.Linear(N_COMPONENTS, N_FEATURES).requires_grad_(False)
    factory = module_of(encoder=nn.MaxPool1d(2), decoder=fixed)
    with pytest.raises(ValueError, match="has no parameters to train"):
        build(factory)
    encoder, _ = build(factory, start_at_zero=True)
    assert [w.requires_grad for w in encoder.parameters()] == [True]


def test_a_closed_gate_stops_what_is_not_finite_but_not_in_training():
    broken = nn.Linear(N_FEATURES, N_COMPONENTS)
    nn.init.constant_(broken.bias, float("nan"))
    factory = module_of(encoder=broken, decoder=nn.Linear(N_COMPONENTS, N_FEATURES))
    encoder, _ = build(factory, start_at_zero=True)
    rows = torch.ones(3, N_FEATURES)
    assert encoder.train()(rows).isnan().all()
    assert encoder.eval()(rows).tolist() == [[0.0, 0.0]] * 3
    with torch.no_grad():
        encoder.gate[1] = 1.0
    assert encoder(rows)[:, 1].isnan().all()
