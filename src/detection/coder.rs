//! Encoding boxes as offsets from anchors.

use super::{Cxcywh, Xyxy};

/// Encodes boxes as offsets from anchors, and decodes them: the shift of the centre relative to the anchor's size, and
/// the logarithms of the ratios of widths and heights. Each is divided by a *variance*, so that offsets are of the
/// order of 1.
///
/// ```
/// use shapewright::detection::{BoxCoder, Cxcywh};
/// let anchor = Cxcywh { cx: 0.5, cy: 0.5, w: 0.2, h: 0.2 };
/// let offsets = BoxCoder::default().encode(Cxcywh { cx: 0.52, cy: 0.5, w: 0.2, h: 0.2 }.into(), anchor);
/// assert!((offsets[0] - 1.0).abs() < 1e-5); // a tenth of the anchor, over 0.1
/// ```
///
/// Source: Liu et al., [*SSD*](https://arxiv.org/abs/1512.02325), equation 2, with the variances of the authors' code.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BoxCoder {
    /// The variance of the centre, 0.1 by default.
    pub centre: f32,
    /// The variance of the size, 0.2 by default.
    pub size: f32,
}

impl Default for BoxCoder {
    fn default() -> Self {
        BoxCoder { centre: 0.1, size: 0.2 }
    }
}

/// The largest logarithm, so that no box is infinite; torchvision's limit.
const WIDEST: f32 = 4.135_166_6; // ln(1000 / 16)

impl BoxCoder {
    /// The offsets of a box. A width or height below a thousandth of the anchor's counts as a thousandth.
    pub fn encode(&self, bounds: Xyxy, anchor: Cxcywh) -> [f32; 4] {
        let bounds = Cxcywh::from(bounds);
        let times = |size: f32, anchor: f32| (size / anchor).max(1e-3).ln() / self.size;
        [
            (bounds.cx - anchor.cx) / anchor.w / self.centre,
            (bounds.cy - anchor.cy) / anchor.h / self.centre,
            times(bounds.w, anchor.w),
            times(bounds.h, anchor.h),
        ]
    }

    /// The box with these offsets.
    pub fn decode(&self, offsets: [f32; 4], anchor: Cxcywh) -> Xyxy {
        let times = |offset: f32| (offset * self.size).min(WIDEST).exp();
        let decoded = Cxcywh {
            cx: anchor.cx + offsets[0] * self.centre * anchor.w,
            cy: anchor.cy + offsets[1] * self.centre * anchor.h,
            w: anchor.w * times(offsets[2]),
            h: anchor.h * times(offsets[3]),
        };
        decoded.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANCHOR: Cxcywh = Cxcywh { cx: 0.5, cy: 0.25, w: 0.5, h: 0.25 };

    #[test]
    fn offsets_by_hand() {
        let bounds = Cxcywh { cx: 0.75, cy: 0.25, w: 1.0, h: 0.25 }.into();
        let offsets = BoxCoder::default().encode(bounds, ANCHOR);
        let expected = [0.5 / 0.1, 0.0, 2.0_f32.ln() / 0.2, 0.0];
        assert!(offsets.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-5), "{offsets:?}");
        assert_eq!(BoxCoder::default().decode([0.0; 4], ANCHOR), ANCHOR.into());
    }

    #[test]
    fn decoding_undoes_encoding() {
        let coder = BoxCoder { centre: 0.3, size: 0.7 };
        let bounds = Xyxy { x1: 0.1, y1: 0.2, x2: 0.35, y2: 0.9 };
        let back = coder.decode(coder.encode(bounds, ANCHOR), ANCHOR);
        for (back, bound) in [(back.x1, bounds.x1), (back.y1, bounds.y1), (back.x2, bounds.x2), (back.y2, bounds.y2)] {
            assert!((back - bound).abs() < 1e-6, "{back} instead of {bound}");
        }
    }

    #[test]
    fn offsets_stay_finite() {
        let point = Xyxy { x1: 0.5, y1: 0.5, x2: 0.5, y2: 0.4 };
        assert!(BoxCoder::default().encode(point, ANCHOR).iter().all(|offset| offset.is_finite()));
        assert!(BoxCoder::default().decode([0.0, 0.0, 1e9, 1e9], ANCHOR).area().is_finite());
    }
}
