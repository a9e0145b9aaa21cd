//! LeNet-5.

use crate::prelude::*;

network! {
    /// LeNet-5 for handwritten digits, in today's form: with max pooling and ReLU, and without the sparse connections
    /// and the radial basis functions of the paper. The names are those of PyTorch's tutorials.
    ///
    /// # Shapes
    /// \[1, 28, 28\] → \[CLASSES\]; the first convolution pads 28 to the paper's 32
    ///
    /// # Parameters
    /// 61,706 with 10 classes
    ///
    /// # Example
    /// ```
    /// use shapewright::{prelude::*, zoo::LeNet5};
    /// type Digits = network!(Input<1, 28, 28>, LeNet5);
    /// assert_eq!(Digits::PARAMS, 61_706);
    /// ```
    ///
    /// Source: LeCun et al., *Gradient-Based Learning Applied to Document Recognition*, 1998.
    pub struct LeNet5<const CLASSES: usize = 10> {
        conv1: Conv2d<.., 6, 5, padding = 2>, ReLU, MaxPool2d<2>,
        conv2: Conv2d<.., 16, 5>, ReLU, MaxPool2d<2>,
        Flatten,
        fc1: Linear<.., 120>, ReLU,
        fc2: Linear<.., 84>, ReLU,
        fc3: Linear<.., CLASSES>,
    }
}
