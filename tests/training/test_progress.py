"""A bar that shows how far a fit has come."""

# SPDX-License-Identifier: BSD-3-Clause

import pickle

import pytest

from sk_autoencoder import AutoencoderOutlierDetector, AutoencoderTransformer
from sk_autoencoder.training import Progress


@pytest.mark.parametrize(
    "Estimator", [AutoencoderTransformer, AutoencoderOutlierDetector]
)
def test_progress_counts_epochs_and_names_both_losses(digits, capfd, Estimator):
    model = Estimator(max_iter=3, verbose=1, random_state=0).fit(digits[0])
    shown = capfd.readouterr().err
    losses = model.loss_curve_[-1], model.validation_loss_curve_[-1]
    assert "3/3" in shown
    assert "loss={:.4g}, valid={:.4g}".format(*losses) in shown


def test_progress_names_what_happens_before_and_after_the_epochs(digits, capfd):
    AutoencoderOutlierDetector(max_iter=2, verbose=1).fit(digits[0])
    shown = capfd.readouterr().err
    stages = ["starting", "training", "finishing"]
    places = [shown.index(f"AutoencoderOutlierDetector, {name}") for name in stages]
    assert places == sorted(places)
    assert shown.rindex("training") < places[2]  # no epoch after that


def test_progress_is_silent_where_nothing_is_asked_for(capfd):
    with Progress(None) as progress:
        progress.enter_stage("starting")
    assert capfd.readouterr() == ("", "")


def test_progress_leaves_its_bar_out_of_a_pickle(capfd):
    with Progress("Reducing") as progress:
        copy = pickle.loads(pickle.dumps(progress))
        copy.enter_stage("elsewhere")
    assert "elsewhere" not in capfd.readouterr().err


def test_progress_closes_its_bar_where_the_fit_fails(capfd):
    with pytest.raises(RuntimeError, match="Broken"), Progress("Reducing") as progress:
        raise RuntimeError("Broken")
    progress.enter_stage("after")
    assert "after" not in capfd.readouterr().err
