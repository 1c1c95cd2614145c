import numpy as np
import pytest
from scipy import ndimage

from saiki.equations import (
    box_filter,
    filter_image,
    gaussian_filter,
    sobel_x_filter,
    sobel_y_filter,
)

BORDERS = {"mirror": "reflect", "edge": "nearest", "zero": "constant"}


@pytest.mark.parametrize("border", sorted(BORDERS))
def test_equal_scipy(border, draw, agree):
    image, mode = draw(12, 9), BORDERS[border]
    smooth = ndimage.gaussian_filter(image, 1.2, mode=mode, radius=3)
    agree(filter_image(image, gaussian_filter(7, 1.2), border), smooth)
    agree(filter_image(image, box_filter(5), border), ndimage.uniform_filter(image, 5, mode=mode))
    agree(filter_image(image, sobel_x_filter(), border), ndimage.sobel(image, 1, mode=mode))
    agree(filter_image(image, sobel_y_filter(), border), ndimage.sobel(image, 0, mode=mode))
    asymmetric = draw(3, 3)
    expected = ndimage.correlate(image, asymmetric, mode=mode)
    agree(filter_image(image, asymmetric, border), expected)


def test_edges_have_a_direction():
    brighter_to_the_right = np.tile([0.0, 0.0, 1.0, 1.0], (4, 1))
    x_edges = filter_image(brighter_to_the_right, sobel_x_filter())
    assert x_edges[1].tolist() == [0, 4, 4, 0]
    assert not filter_image(brighter_to_the_right, sobel_y_filter()).any()
    np.testing.assert_array_equal(
        filter_image(brighter_to_the_right.T, sobel_y_filter()), x_edges.T
    )


def test_smoothing_filters_keep_the_mean():
    assert gaussian_filter(5, 0.8).sum() == pytest.approx(1)
    assert box_filter(3).tolist() == [[1 / 9] * 3] * 3
    assert gaussian_filter(3, 1.0)[1, 1] == gaussian_filter(3, 1.0).max()


def test_errors(draw):
    with pytest.raises(ValueError, match=r"must have an odd size.* got 4"):
        box_filter(4)
    with pytest.raises(ValueError, match="must have an odd size"):
        filter_image(draw(5, 5), draw(2, 2))
    with pytest.raises(ValueError, match="sigma must be positive; got 0"):
        gaussian_filter(3, 0)
    with pytest.raises(ValueError, match="border must be 'mirror', 'edge' or 'zero'; got 'wrap'"):
        filter_image(draw(5, 5), box_filter(3), "wrap")
    with pytest.raises(ValueError, match=r"image must have shape \(Y, X\)"):
        filter_image(draw(5, 5, 3), box_filter(3))
