//! Maps from timm's names.

/// How many blocks each of timm's stages has.
const MOBILENET_V2: [usize; 7] = [1, 2, 3, 4, 3, 3, 1];
const EFFICIENTNET_LITE0: [usize; 7] = [1, 2, 2, 3, 3, 4, 1];

/// Maps timm's names of `mobilenetv2_100` to torchvision's names of `mobilenet_v2`, which `zoo::MobileNetV2` has.
///
/// ```
/// # use shapewright::weights::keys;
/// let timm = "blocks.1.0.conv_pwl.weight";
/// assert_eq!(keys::timm_mobilenet_v2(timm), "features.2.conv.2.weight");
/// ```
pub fn timm_mobilenet_v2(name: &str) -> String {
    let blocks: usize = MOBILENET_V2.iter().sum();
    match parts(name, &MOBILENET_V2) {
        Part::Stem(rest) => format!("features.0.0.{rest}"),
        Part::StemNorm(rest) => format!("features.0.1.{rest}"),
        Part::Block(index, part, rest) => {
            // The expansion and the depthwise convolution are a convolution, a normalization and an activation each.
            let number = match (index, part) {
                (0, 2) => "0.0",
                (0, 3) => "0.1",
                (0, 4) => "1",
                (0, _) => "2",
                (_, 0) => "0.0",
                (_, 1) => "0.1",
                (_, 2) => "1.0",
                (_, 3) => "1.1",
                (_, 4) => "2",
                (_, _) => "3",
            };
            format!("features.{}.conv.{number}.{rest}", index + 1)
        }
        Part::Head(rest) => format!("features.{}.0.{rest}", blocks + 1),
        Part::HeadNorm(rest) => format!("features.{}.1.{rest}", blocks + 1),
        Part::Classifier(rest) => format!("classifier.1.{rest}"),
        Part::Other => name.to_owned(),
    }
}

/// Maps timm's names of `efficientnet_lite0` and `tf_efficientnet_lite0` to the names of `zoo::EfficientNetLite0`.
///
/// ```
/// # use shapewright::weights::keys;
/// let timm = "blocks.2.1.conv_dw.weight";
/// assert_eq!(keys::timm_efficientnet_lite0(timm), "blocks.4.depthwise_conv.weight");
/// ```
pub fn timm_efficientnet_lite0(name: &str) -> String {
    const NAMES: [&str; 6] = ["expand_conv", "bn0", "depthwise_conv", "bn1", "project_conv", "bn2"];
    match parts(name, &EFFICIENTNET_LITE0) {
        Part::Stem(rest) => format!("conv_stem.{rest}"),
        Part::StemNorm(rest) => format!("bn0.{rest}"),
        Part::Block(index, part, rest) => format!("blocks.{index}.{}.{rest}", NAMES[part]),
        Part::Head(rest) => format!("conv_head.{rest}"),
        Part::HeadNorm(rest) => format!("bn1.{rest}"),
        Part::Classifier(rest) => format!("fc.{rest}"),
        Part::Other => name.to_owned(),
    }
}

/// The part of the network that a timm name belongs to, and the rest of the name.
enum Part<'a> {
    Stem(&'a str),
    StemNorm(&'a str),
    /// The index of the block, counted through all stages; the index of the part (expansion, its normalization,
    /// depthwise convolution, its normalization, projection, its normalization); the rest of the name.
    Block(usize, usize, &'a str),
    Head(&'a str),
    HeadNorm(&'a str),
    Classifier(&'a str),
    Other,
}

fn parts<'a>(name: &'a str, stages: &[usize]) -> Part<'a> {
    let Some((first, rest)) = name.split_once('.') else { return Part::Other };
    match first {
        "conv_stem" => Part::Stem(rest),
        "bn1" => Part::StemNorm(rest),
        "conv_head" => Part::Head(rest),
        "bn2" => Part::HeadNorm(rest),
        "classifier" => Part::Classifier(rest),
        "blocks" => block(rest, stages).unwrap_or(Part::Other),
        _ => Part::Other,
    }
}

fn block<'a>(name: &'a str, stages: &[usize]) -> Option<Part<'a>> {
    let mut segments = name.splitn(4, '.');
    let stage: usize = segments.next()?.parse().ok()?;
    let within: usize = segments.next()?.parse().ok()?;
    let index = stages.get(..stage)?.iter().sum::<usize>() + within;
    // The first block has no expansion, so its parts have other names.
    let names = match index {
        0 => ["", "", "conv_dw", "bn1", "conv_pw", "bn2"],
        _ => ["conv_pw", "bn1", "conv_dw", "bn2", "conv_pwl", "bn3"],
    };
    let part = segments.next()?;
    let part = names.iter().position(|name| *name == part)?;
    Some(Part::Block(index, part, segments.next()?))
}
