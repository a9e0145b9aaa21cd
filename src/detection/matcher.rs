//! Matching anchors with ground-truth objects.

use super::{Anchors, Xyxy};

/// A ground-truth object in an image: its class and its box.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Truth {
    /// Its class, counted from 0; the background isn't one.
    pub class: usize,
    /// The box around it.
    pub bounds: Xyxy,
}

/// Matches objects with anchors, as SSD does: each object gets the anchor with the highest IoU, and every other anchor
/// gets the object with the highest IoU, if this [IoU](Xyxy::iou) is at least `threshold`.
///
/// If two objects have the same best anchor, the object with the higher IoU gets it, and the other gets its next best.
///
/// ```
/// use shapewright::detection::*;
/// const GRIDS: [AnchorGrid; 1] = [AnchorGrid { height: 1, width: 2, sizes: &[(0.5, 1.0)] }];
/// static ANCHORS: Anchors<2> = Anchors::new(&GRIDS);
/// let small = Truth { class: 0, bounds: Xyxy { x1: 0.6, y1: 0.4, x2: 0.8, y2: 0.6 } };
/// assert_eq!(Matcher::default().assign(&ANCHORS, &[small]), [None, Some(0)]);
/// ```
///
/// Source: Liu et al., [*SSD*](https://arxiv.org/abs/1512.02325), section 2.2, matching strategy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Matcher {
    /// The minimum IoU, 0.5 by default.
    pub threshold: f32,
}

impl Default for Matcher {
    fn default() -> Self {
        Matcher { threshold: 0.5 }
    }
}

impl Matcher {
    /// For each anchor, the index of the object it is matched with. An object that overlaps no anchor (it has no area,
    /// or lies outside of the image) is matched with none.
    pub fn assign<const N: usize>(&self, anchors: &Anchors<N>, truth: &[Truth]) -> Vec<Option<usize>> {
        let boxes: Vec<Xyxy> = anchors.boxes().iter().map(|&anchor| anchor.into()).collect();
        let overlaps: Vec<Vec<f32>> =
            truth.iter().map(|thing| boxes.iter().map(|anchor| anchor.iou(&thing.bounds)).collect()).collect();

        let mut assigned: Vec<Option<usize>> = (0..N)
            .map(|anchor| {
                let best = greatest((0..truth.len()).map(|thing| overlaps[thing][anchor]))?;
                (overlaps[best][anchor] >= self.threshold && overlaps[best][anchor] > 0.0).then_some(best)
            })
            .collect();

        // The pair with the highest IoU first; then the best pair of those that are left.
        let (mut taken, mut waiting) = (vec![false; N], (0..truth.len()).collect::<Vec<_>>());
        loop {
            let free = |thing: usize| {
                let overlaps = &overlaps[thing];
                greatest((0..N).map(|anchor| if taken[anchor] { 0.0 } else { overlaps[anchor] }))
            };
            let wanted: Vec<(f32, Option<usize>)> = waiting
                .iter()
                .map(|&thing| free(thing).map_or((0.0, None), |anchor| (overlaps[thing][anchor], Some(anchor))))
                .map(|(overlap, anchor)| (overlap, anchor.filter(|&anchor| !taken[anchor])))
                .collect();
            let Some(first) = greatest(wanted.iter().map(|&(overlap, _)| overlap)) else { break };
            let (overlap, Some(anchor)) = wanted[first] else { break };
            if overlap <= 0.0 {
                break;
            }
            assigned[anchor] = Some(waiting.remove(first));
            taken[anchor] = true;
        }
        assigned
    }
}

/// The position of the greatest value, the first of equal ones.
fn greatest(numbers: impl Iterator<Item = f32>) -> Option<usize> {
    let mut best: Option<(usize, f32)> = None;
    for (position, number) in numbers.enumerate() {
        if best.is_none_or(|(_, best)| number > best) {
            best = Some((position, number));
        }
    }
    best.map(|(position, _)| position)
}

#[cfg(test)]
mod tests {
    use super::super::Cxcywh;
    use super::*;

    fn thing(x1: f32, y1: f32, x2: f32, y2: f32) -> Truth {
        Truth { class: 0, bounds: Xyxy { x1, y1, x2, y2 } }
    }

    /// Four squares with sides of 0.5, one in each corner.
    fn quarters() -> Anchors<4> {
        let at = |cx, cy| Cxcywh { cx, cy, w: 0.5, h: 0.5 };
        Anchors::from_boxes([at(0.25, 0.25), at(0.75, 0.25), at(0.25, 0.75), at(0.75, 0.75)])
    }

    #[test]
    fn each_thing_has_its_best_anchor_however_bad() {
        let assigned = Matcher::default().assign(&quarters(), &[thing(0.6, 0.6, 0.7, 0.7), thing(0.0, 0.0, 0.5, 0.5)]);
        assert_eq!(assigned, [Some(1), None, None, Some(0)]);
    }

    #[test]
    fn anchors_above_the_threshold_share_a_thing() {
        // The object covers both upper quarters: half of it is in each, so the IoU is 0.5.
        let wide = thing(0.0, 0.0, 1.0, 0.5);
        assert_eq!(Matcher::default().assign(&quarters(), &[wide]), [Some(0), Some(0), None, None]);
        assert_eq!(Matcher { threshold: 0.6 }.assign(&quarters(), &[wide]), [Some(0), None, None, None], "the first");
    }

    #[test]
    fn two_things_do_not_share_their_best_anchor() {
        // Both have the first anchor as their best; the second object fits it exactly, and the first gets the other
        // anchor it overlaps.
        let things = [thing(0.0, 0.0, 0.6, 0.4), thing(0.0, 0.0, 0.5, 0.5)];
        assert_eq!(Matcher::default().assign(&quarters(), &things), [Some(1), Some(0), None, None]);
        // Three equal objects that overlap only one anchor: the first gets it.
        let things = [thing(0.1, 0.1, 0.4, 0.4); 3];
        assert_eq!(Matcher::default().assign(&quarters(), &things), [Some(0), None, None, None]);
    }

    #[test]
    fn what_touches_nothing_is_assigned_to_nothing() {
        let outside = [thing(2.0, 2.0, 3.0, 3.0), thing(0.2, 0.2, 0.2, 0.2), thing(f32::NAN, 0.0, 1.0, 1.0)];
        assert_eq!(Matcher { threshold: 0.0 }.assign(&quarters(), &outside), [None; 4]);
        assert_eq!(Matcher::default().assign(&quarters(), &[]), [None; 4]);
        assert_eq!(Matcher::default().assign(&Anchors::<0>::new(&[]), &[thing(0.0, 0.0, 1.0, 1.0)]), []);
    }
}
