# SPDX-License-Identifier: Apache-2.0
"""The conformance runner: cases are data, this package executes them and checks the outcome."""
