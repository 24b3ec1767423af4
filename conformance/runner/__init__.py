# SPDX-License-Identifier: Apache-2.0
"""The conformance runner: cases are data, this package performs them and judges what it sees."""
