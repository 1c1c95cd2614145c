"""What a network costs, layer by layer: parameters, multiply-adds, memory for the gradients."""

from saiki.nn.accounting._count import Count, count
from saiki.nn.accounting._rows import Row

__all__ = ["Count", "Row", "count"]
