//! Constants of networks trained on ImageNet.

/// The mean of red, green and blue over ImageNet, for values from 0 to 1.
pub const IMAGENET_MEAN: [f64; 3] = [0.485, 0.456, 0.406];

/// The standard deviation of red, green and blue over ImageNet, for values from 0 to 1.
pub const IMAGENET_STD: [f64; 3] = [0.229, 0.224, 0.225];

/// The names of ImageNet's 1,000 classes, in the order of a network's outputs, as in torchvision.
///
/// ```
/// assert_eq!(shapewright::images::imagenet_classes()[985], "daisy");
/// ```
pub fn imagenet_classes() -> Vec<&'static str> {
    include_str!("imagenet_classes.txt").lines().collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn there_are_a_thousand_classes() {
        let classes = super::imagenet_classes();
        assert_eq!((classes.len(), classes[0], classes[999]), (1000, "tench", "toilet tissue"));
    }
}
