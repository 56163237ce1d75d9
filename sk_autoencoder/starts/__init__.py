"""Where training starts: the best linear model, in closed form."""

# SPDX-License-Identifier: BSD-3-Clause
