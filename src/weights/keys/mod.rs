//! Ready-made maps for [`Checkpoint::rename`](super::Checkpoint::rename): from the names in files of other projects to
//! the names of a network.
//!
//! ```
//! use shapewright::weights::keys;
//!
//! assert_eq!(keys::prefix("module.")("module.conv1.weight"), "conv1.weight");
//! assert_eq!(keys::prepend("features.")("conv1.weight"), "features.conv1.weight");
//! ```
//!
//! If torchvision and timm use the same names (ResNets, DenseNets, Inception v3), no map is needed.

mod timm;

pub use timm::{timm_efficientnet_lite0, timm_mobilenet_v2};

/// Removes a prefix from the names that have it, such as the `module.` of `nn.DataParallel`.
///
/// ```
/// # use shapewright::weights::keys;
/// let strip = keys::prefix("module.");
/// assert_eq!(strip("module.fc.bias"), "fc.bias");
/// assert_eq!(strip("epoch"), "epoch");
/// ```
pub fn prefix(prefix: impl Into<String>) -> impl Fn(&str) -> String + Send + Sync + 'static {
    let prefix = prefix.into();
    move |name| name.strip_prefix(&prefix).unwrap_or(name).to_owned()
}

/// Puts a prefix before every name, to load the weights of a network into one that contains it.
///
/// ```
/// # use shapewright::weights::keys;
/// assert_eq!(keys::prepend("backbone.")("layer1.0.conv1.weight"), "backbone.layer1.0.conv1.weight");
/// ```
pub fn prepend(prefix: impl Into<String>) -> impl Fn(&str) -> String + Send + Sync + 'static {
    let prefix = prefix.into();
    move |name| format!("{prefix}{name}")
}

/// Maps the names of the Python package `efficientnet-lite-pytorch`, whose modules begin with `_`: `_conv_stem`,
/// `_bn0`, `_blocks.N._expand_conv`, `_blocks.N._bn0`, `_blocks.N._depthwise_conv`, `_blocks.N._bn1`,
/// `_blocks.N._project_conv`, `_blocks.N._bn2`, `_conv_head`, `_bn1`, `_fc`. The `_` is removed from each segment.
///
/// ```
/// # use shapewright::weights::keys;
/// assert_eq!(keys::efficientnet_lite("_blocks.3._expand_conv.weight"), "blocks.3.expand_conv.weight");
/// assert_eq!(keys::efficientnet_lite("_bn0.running_mean"), "bn0.running_mean");
/// ```
pub fn efficientnet_lite(name: &str) -> String {
    let segments = name.split('.').map(|segment| segment.strip_prefix('_').unwrap_or(segment));
    segments.collect::<Vec<_>>().join(".")
}

/// Maps the names in torchvision's published DenseNet files, which are older than its networks: `norm.1` and `conv.2`
/// in a dense layer become `norm1` and `conv2`.
///
/// ```
/// # use shapewright::weights::keys;
/// let name = "features.denseblock1.denselayer2.norm.1.weight";
/// assert_eq!(keys::densenet(name), "features.denseblock1.denselayer2.norm1.weight");
/// assert_eq!(keys::densenet("features.norm5.weight"), "features.norm5.weight");
/// ```
pub fn densenet(name: &str) -> String {
    let mut name = name.to_owned();
    if name.contains(".denselayer") {
        for part in ["norm", "conv"] {
            for number in ["1", "2"] {
                name = name.replace(&format!(".{part}.{number}."), &format!(".{part}{number}."));
            }
        }
    }
    name
}
