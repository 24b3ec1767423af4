# SPDX-License-Identifier: Apache-2.0
"""What conformance/examples does: finds configurations, judges objects, executes and looks."""
