# SPDX-License-Identifier: Apache-2.0
"""Reads Kubernetes manifests, and the YAML inside them."""

import yaml


class _Loader(yaml.SafeLoader):
    """Rejects a key that occurs twice, of which PyYAML would silently keep the last."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key) for key, _ in node.value]
        if len(set(keys)) < len(keys):
            raise yaml.constructor.ConstructorError(None, None, f"duplicate key in {keys}", node.start_mark)
        return super().construct_mapping(node, deep)


def load(text):
    """The only document of a text."""
    return yaml.load(text, _Loader)
