"""What makes a part of the network a scikit-learn parameter."""

# SPDX-License-Identifier: BSD-3-Clause

from dataclasses import fields

from sklearn.utils._param_validation import (
    Interval,
    validate_parameter_constraints,
)


class Number(Interval):
    """An interval of numbers, which True and False are none of."""

    def is_satisfied_by(self, val):
        """Return whether a value lies in it."""
        return not isinstance(val, bool) and super().is_satisfied_by(val)


class Part:
    """Mixin for dataclasses that describe a replaceable part of the network.

    A part only says what is wanted; it builds modules once the sizes are known.
    With these two methods `sklearn.base.clone` copies it and a grid search reaches
    its fields, as in ``loss__delta``.
    """

    #: What each field may be, as scikit-learn's estimators say it.
    _parameter_constraints = {}

    def check(self):
        """Raise a `ValueError` if a field has a value that cannot be."""
        validate_parameter_constraints(
            self._parameter_constraints, self.get_params(), type(self).__name__
        )

    def get_params(self, deep=True):
        """Return the fields by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def set_params(self, **params):
        """Set fields by name; an unknown name is a `ValueError`."""
        known = self.get_params()
        for name, value in params.items():
            if name not in known:
                raise ValueError(
                    f"Invalid parameter {name!r} for {self!r}: it has {sorted(known)}."
                )
            setattr(self, name, value)
        return self


def resolve(part, registry, parameter):
    """Return a part that can be, or a fresh one where it is a name in `registry`.

    Raises
    ------
    ValueError
        If `part` is a string that names nothing in `registry`, or has a field with a
        value that cannot be.
    """
    if not isinstance(part, str):
        part.check()
        return part
    if part not in registry:
        raise ValueError(
            f"{parameter} must be one of {sorted(registry)} or a part of that kind; "
            f"got {part!r}."
        )
    return registry[part]()


def part_to_config(part, registry, parameter):
    """Return the name of a part's kind, and its fields, as plain values.

    Parameters
    ----------
    part : Part
        A part of a kind that `registry` has.

    registry : dict
        The kinds by name.

    parameter : str
        For the error.

    Returns
    -------
    config : dict
        ``kind`` and the fields.

    Raises
    ------
    ValueError
        If the part is of no kind in `registry`.
    """
    names = {kind: name for name, kind in registry.items()}
    if type(part) not in names:
        raise ValueError(
            f"A config can name the kinds {sorted(registry)} of {parameter}; it cannot "
            f"hold {part!r}."
        )
    return {"kind": names[type(part)], **part.get_params()}


def part_from_config(config, registry, parameter):
    """Return the part that `part_to_config` has described.

    Raises
    ------
    ValueError
        If the config names no kind in `registry`.
    """
    fields = {
        name: tuple(value) if isinstance(value, list) else value  # of JSON
        for name, value in config.items()
    }
    part = resolve(fields.pop("kind"), registry, parameter)
    return part.set_params(**fields)
