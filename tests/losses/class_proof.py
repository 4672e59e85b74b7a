"""Cases for the losses that choose one class out of C: shapes, targets with ignored places, weights of classes."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from hypothesis import strategies as st
from torch import Tensor

from losses.loss_proof import tensors

#: Of the input: unbatched, one class, no sample, more dimensions, an empty one.
class_shapes = st.sampled_from([(1,), (4,), (1, 3), (3, 1), (5, 3), (0, 3), (2, 3, 4), (2, 3, 0), (2, 4, 1, 3)])


def class_targets(shape: Sequence[int]) -> st.SearchStrategy[tuple[Tensor, int]]:
    """Classes that fit an input of that shape, and the ignored index: outside the classes, or one of them."""
    classes, places = (shape[0], ()) if len(shape) == 1 else (shape[1], (shape[0], *shape[2:]))
    count = torch.Size(places).numel()

    def drawn(ignored: int) -> st.SearchStrategy[tuple[Tensor, int]]:
        one = st.sampled_from([*range(classes), ignored])
        flat = st.lists(one, min_size=count, max_size=count)
        return flat.map(lambda items: (torch.tensor(items, dtype=torch.int64).reshape(places), ignored))

    return st.sampled_from([-100, -1, 0, classes, 255]).flatmap(drawn)


def class_weights(shape: Sequence[int]) -> st.SearchStrategy[Tensor | None]:
    """None, or a weight for each class; 0 is common."""
    classes = shape[0] if len(shape) == 1 else shape[1]
    return st.none() | tensors((classes,), st.sampled_from([0.0, 1.0, 2.0]) | st.floats(0.01, 5))
