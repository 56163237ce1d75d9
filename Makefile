# `make` or `make help` lists the targets. Only Python >= 3.11 is needed: the rest is
# installed into $(VENV) on first use, and again when what to install has changed.

PYTHON ?= python3
VENV ?= .venv
OUT ?= demo_output
BIN := $(VENV)/bin

# The files whose docstrings are the public API's.
API := $(addprefix sk_autoencoder/,__init__.py estimators/_base.py \
	estimators/_imputer.py estimators/_outlier_detector.py estimators/_recommender.py \
	estimators/_sequence_regressor.py estimators/_transformer.py \
	estimators/_transformer_cv.py data/_histories.py \
	generation.py interactions.py metrics/__init__.py metrics/_closest.py \
	metrics/_ranking.py metrics/_reconstruction.py metrics/_synthetic.py \
	model/_forecast.py model/_model.py plotting/_feature_scores.py \
	plotting/_reconstruction_curve.py sequences.py)

.DEFAULT_GOAL := help
.NOTPARALLEL:  # two targets would install into one environment
.PHONY: help demo test fuzz portable lint format docs benchmark clean

help:  ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

demo: $(VENV)/.demo  ## compare with PCA, results in OUT; DATA=DIR has mnist.npz
	$(BIN)/python -m benchmarks demo --out "$(OUT)" $(if $(DATA),--data "$(DATA)")

# Two processes with one thread each: threads of both on two cores would only wait.
# SCIPY_ARRAY_API lets one more of scikit-learn's estimator checks run.
test: $(VENV)/.test  ## run tests and doctests; ARGS="-k name" runs some
	OMP_NUM_THREADS=1 SCIPY_ARRAY_API=1 $(BIN)/python -m pytest -n 2 --dist worksteal $(ARGS)

fuzz: $(VENV)/.test  ## try 10,000 random calls, others each time
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist worksteal tests/fuzz \
		--hypothesis-profile=many $(ARGS)

portable: $(VENV)/.test  ## run the tests that hang on rounding as other machines would
	$(BIN)/python tests/portable.py $(ARGS)

lint: $(VENV)/.lint  ## check style, spelling and docstrings
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/codespell
	$(BIN)/python -m numpydoc lint $(API)

format: $(VENV)/.lint  ## fix style
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

docs: $(VENV)/.docs  ## build the documentation in docs/_build/html
	$(BIN)/python -m sphinx -W --keep-going -b html docs docs/_build/html

benchmark: $(VENV)/.benchmarks  ## run NAME=speed, pca, mnist, kinds, outliers, ...; DATA=DIR
	$(BIN)/python -m benchmarks $(NAME) $(if $(DATA),--data "$(DATA)")

clean:  ## remove the environment and all that was built
	rm -rf "$(VENV)" build dist *.egg-info docs/_build docs/generated benchmark_output \
		demo_output .pytest_cache .ruff_cache
	find benchmarks sk_autoencoder tests -name __pycache__ -exec rm -rf {} +

$(BIN)/python:
	$(PYTHON) -m venv "$(VENV)"

# $(VENV)/.test says when the extra `test` was last installed; so for the others.
$(VENV)/.%: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install -c constraints.txt -e ".[$*]"
	@touch $@
