# SPDX-License-Identifier: Apache-2.0
"""What the rings of tests share."""
