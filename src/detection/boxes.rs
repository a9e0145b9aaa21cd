//! Boxes, given by corners or by centres.

use num_traits::Float;

/// A box, given by its corners: left, top, right, bottom. The vertical axis points down.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Xyxy {
    /// The left edge.
    pub x1: f32,
    /// The top edge.
    pub y1: f32,
    /// The right edge.
    pub x2: f32,
    /// The bottom edge.
    pub y2: f32,
}

/// A box, given by its centre, width and height.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cxcywh {
    /// The centre's distance from the left.
    pub cx: f32,
    /// The centre's distance from the top.
    pub cy: f32,
    /// The width.
    pub w: f32,
    /// The height.
    pub h: f32,
}

impl From<Cxcywh> for Xyxy {
    fn from(Cxcywh { cx, cy, w, h }: Cxcywh) -> Self {
        Xyxy { x1: cx - w / 2.0, y1: cy - h / 2.0, x2: cx + w / 2.0, y2: cy + h / 2.0 }
    }
}

impl From<Xyxy> for Cxcywh {
    fn from(Xyxy { x1, y1, x2, y2 }: Xyxy) -> Self {
        Cxcywh { cx: (x1 + x2) / 2.0, cy: (y1 + y2) / 2.0, w: x2 - x1, h: y2 - y1 }
    }
}

impl Xyxy {
    /// Width times height; 0 if the box is flipped (`x2 < x1` or `y2 < y1`), or a coordinate is NaN.
    pub fn area(&self) -> f32 {
        area(self.corners())
    }

    /// Intersection over union, a measure of the overlap of two boxes: from 0 to 1.
    ///
    /// It is 0 for boxes without area, for which torchvision's `box_iou` is `NaN`.
    ///
    /// ```
    /// use shapewright::detection::Xyxy;
    /// let left = Xyxy { x1: 0.0, y1: 0.0, x2: 2.0, y2: 2.0 };
    /// let right = Xyxy { x1: 1.0, y1: 0.0, x2: 3.0, y2: 2.0 };
    /// assert_eq!(left.iou(&right), 2.0 / 6.0);
    /// ```
    ///
    /// Source: [`torchvision.ops.box_iou`](https://pytorch.org/vision/stable/generated/torchvision.ops.box_iou.html).
    pub fn iou(&self, other: &Xyxy) -> f32 {
        iou(self.corners(), other.corners())
    }

    /// [`Xyxy::iou`] in double precision, for comparisons in which an IoU may equal the threshold.
    pub(super) fn exact_iou(&self, other: &Xyxy) -> f64 {
        iou(self.corners(), other.corners())
    }

    fn corners<F: From<f32>>(&self) -> [F; 4] {
        [self.x1, self.y1, self.x2, self.y2].map(F::from)
    }

    /// The part of the box inside another one.
    pub fn clipped(&self, to: &Xyxy) -> Xyxy {
        let horizontal = |x: f32| x.max(to.x1).min(to.x2);
        let vertical = |y: f32| y.max(to.y1).min(to.y2);
        Xyxy { x1: horizontal(self.x1), y1: vertical(self.y1), x2: horizontal(self.x2), y2: vertical(self.y2) }
    }
}

fn extent<F: Float>(from: F, to: F) -> F {
    // If one operand of `max` is NaN, it returns the other one.
    (to - from).max(F::zero())
}

fn area<F: Float>([x1, y1, x2, y2]: [F; 4]) -> F {
    extent(x1, x2) * extent(y1, y2)
}

fn iou<F: Float>(left: [F; 4], right: [F; 4]) -> F {
    let (own, others) = (area(left), area(right));
    let width = extent(left[0].max(right[0]), left[2].min(right[2]));
    let height = extent(left[1].max(right[1]), left[3].min(right[3]));
    let intersection = width * height;
    let union = own + others - intersection;
    // The IoU of a box without area, an infinite box or a box with a NaN coordinate is 0.
    if own > F::zero() && others > F::zero() && union.is_finite() { intersection / union } else { F::zero() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNIT: Xyxy = Xyxy { x1: 0.0, y1: 0.0, x2: 1.0, y2: 1.0 };

    fn corners(x1: f32, y1: f32, x2: f32, y2: f32) -> Xyxy {
        Xyxy { x1, y1, x2, y2 }
    }

    #[test]
    fn corners_and_centres_say_the_same() {
        let bounds = corners(1.0, 2.0, 4.0, 8.0);
        assert_eq!(Cxcywh::from(bounds), Cxcywh { cx: 2.5, cy: 5.0, w: 3.0, h: 6.0 });
        assert_eq!(Xyxy::from(Cxcywh::from(bounds)), bounds);
    }

    #[test]
    fn iou_by_hand() {
        assert_eq!(UNIT.iou(&UNIT), 1.0);
        assert_eq!(UNIT.iou(&corners(0.5, 0.5, 1.5, 1.5)), 0.25 / 1.75);
        assert_eq!(UNIT.iou(&corners(0.25, 0.25, 0.75, 0.75)), 0.25, "one inside the other");
        assert_eq!(UNIT.iou(&corners(1.0, 0.0, 2.0, 1.0)), 0.0, "an edge in common");
        assert_eq!(UNIT.iou(&corners(5.0, 5.0, 6.0, 6.0)), 0.0, "far away");
    }

    #[test]
    fn degenerate_boxes_agree_with_nothing() {
        let (point, flipped) = (corners(0.5, 0.5, 0.5, 0.5), corners(1.0, 1.0, 0.0, 0.0));
        for degenerate in [point, flipped, corners(f32::NAN, 0.0, 1.0, 1.0), corners(f32::NAN, f32::NAN, 1.0, 1.0)] {
            assert_eq!(degenerate.iou(&degenerate), 0.0, "{degenerate:?}");
            assert!(UNIT.iou(&point) == 0.0 && flipped.iou(&UNIT) == 0.0);
        }
        let everything = corners(f32::NEG_INFINITY, f32::NEG_INFINITY, f32::INFINITY, f32::INFINITY);
        assert_eq!((everything.iou(&UNIT), everything.iou(&everything)), (0.0, 0.0));
    }

    #[test]
    fn what_sticks_out_is_clipped() {
        assert_eq!(corners(-1.0, 0.25, 0.5, 2.0).clipped(&UNIT), corners(0.0, 0.25, 0.5, 1.0));
        assert_eq!(corners(2.0, 2.0, 3.0, 3.0).clipped(&UNIT).area(), 0.0);
    }
}
