//! Anchors: the boxes that a detector's predictions refer to.

use super::Cxcywh;

/// The anchors of one feature map: one of each size, centred on each position.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AnchorGrid {
    /// The number of rows of the feature map.
    pub height: usize,
    /// The number of columns of the feature map.
    pub width: usize,
    /// Width and height of each anchor, as fractions of the image.
    pub sizes: &'static [(f32, f32)],
}

/// The total number of anchors on these feature maps.
pub const fn count(grids: &[AnchorGrid]) -> usize {
    let (mut total, mut grid) = (0, 0);
    while grid < grids.len() {
        total += grids[grid].height * grids[grid].width * grids[grid].sizes.len();
        grid += 1;
    }
    total
}

/// `N` anchor boxes, in fractions of the image.
///
/// They are ordered by grid, then row, then column, then size. This is the order of
/// [`AnchorRows`](crate::layers::AnchorRows), concatenated by [`Concat`](crate::layers::Concat).
///
/// ```
/// use shapewright::detection::{AnchorGrid, Anchors, Cxcywh, count};
/// const GRIDS: [AnchorGrid; 1] = [AnchorGrid { height: 1, width: 2, sizes: &[(0.5, 1.0)] }];
/// // In a constant, so that the compiler counts them.
/// static ANCHORS: Anchors<{ count(&GRIDS) }> = Anchors::new(&GRIDS);
/// assert_eq!(ANCHORS.boxes()[1], Cxcywh { cx: 0.75, cy: 0.5, w: 0.5, h: 1.0 });
/// ```
///
/// If the number of anchors in a constant is wrong, it doesn't compile:
/// ```compile_fail
/// # use shapewright::detection::{AnchorGrid, Anchors};
/// # const GRIDS: [AnchorGrid; 1] = [AnchorGrid { height: 1, width: 2, sizes: &[(0.5, 1.0)] }];
/// static ANCHORS: Anchors<3> = Anchors::new(&GRIDS);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Anchors<const N: usize> {
    boxes: [Cxcywh; N],
}

impl<const N: usize> Anchors<N> {
    /// The anchors on these feature maps.
    ///
    /// # Panics
    /// If their number isn't `N`; in a constant, this is a compile error.
    #[track_caller]
    pub const fn new(grids: &[AnchorGrid]) -> Self {
        assert!(
            count(grids) == N,
            "`Anchors<N>` is given another number of anchors than N: `count(&grids)` says how many"
        );
        let mut boxes = [Cxcywh { cx: 0.0, cy: 0.0, w: 0.0, h: 0.0 }; N];
        let (mut next, mut grid) = (0, 0);
        while grid < grids.len() {
            let AnchorGrid { height, width, sizes } = grids[grid];
            let mut position = 0;
            while position < height * width * sizes.len() {
                let (place, size) = (position / sizes.len(), position % sizes.len());
                let cx = ((place % width) as f32 + 0.5) / width as f32;
                let cy = ((place / width) as f32 + 0.5) / height as f32;
                boxes[next] = Cxcywh { cx, cy, w: sizes[size].0, h: sizes[size].1 };
                next += 1;
                position += 1;
            }
            grid += 1;
        }
        Anchors { boxes }
    }

    /// Anchors at the given boxes.
    pub const fn from_boxes(boxes: [Cxcywh; N]) -> Self {
        Anchors { boxes }
    }

    /// The boxes, in order.
    pub const fn boxes(&self) -> &[Cxcywh; N] {
        &self.boxes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors_are_laid_out_in_order() {
        const GRIDS: [AnchorGrid; 2] = [
            AnchorGrid { height: 2, width: 4, sizes: &[(0.25, 0.5), (0.5, 0.25)] },
            AnchorGrid { height: 1, width: 1, sizes: &[(1.0, 1.0)] },
        ];
        const ANCHORS: Anchors<{ count(&GRIDS) }> = Anchors::new(&GRIDS);
        let boxes = ANCHORS.boxes();
        assert_eq!(boxes.len(), 17);
        assert_eq!(boxes[0], Cxcywh { cx: 0.125, cy: 0.25, w: 0.25, h: 0.5 });
        assert_eq!(boxes[1], Cxcywh { cx: 0.125, cy: 0.25, w: 0.5, h: 0.25 });
        assert_eq!(boxes[2].cx, 0.375);
        assert_eq!((boxes[8].cx, boxes[8].cy), (0.125, 0.75));
        assert_eq!(boxes[16], Cxcywh { cx: 0.5, cy: 0.5, w: 1.0, h: 1.0 });
        assert_eq!(Anchors::<0>::new(&[]).boxes(), &[]);
    }

    #[test]
    #[should_panic(expected = "another number of anchors")]
    fn another_number_is_refused() {
        let _ = Anchors::<2>::new(&[AnchorGrid { height: 1, width: 1, sizes: &[(1.0, 1.0)] }]);
    }
}
