//! All networks have as many parameters as torchvision's: the compiler counts them.

use crate::prelude::*;
use crate::zoo::*;

macro_rules! counts {
    ($($network:ident [$($size:tt)*] $count:literal;)*) => {
        $(const _: () = assert!(<network!(Input<$($size)*>, $network)>::PARAMS == $count);)*
    };
}

counts! {
    LeNet5 [1, 28, 28] 61_706;
    AlexNet [3, 224, 224] 61_100_840;
    VGG11 [3, 224, 224] 132_863_336;
    VGG13 [3, 224, 224] 133_047_848;
    VGG16 [3, 224, 224] 138_357_544;
    VGG19 [3, 224, 224] 143_667_240;
    VGG11Bn [3, 224, 224] 132_868_840;
    VGG13Bn [3, 224, 224] 133_053_736;
    VGG16Bn [3, 224, 224] 138_365_992;
    VGG19Bn [3, 224, 224] 143_678_248;
    ResNet18 [3, 224, 224] 11_689_512;
    ResNet34 [3, 224, 224] 21_797_672;
    ResNet50 [3, 224, 224] 25_557_032;
    ResNet101 [3, 224, 224] 44_549_160;
    GoogLeNet [3, 224, 224] 6_624_904;
    InceptionV3 [3, 299, 299] 23_834_568;
    InceptionV3WithAux [3, 299, 299] 27_161_264;
    SqueezeNet1_0 [3, 224, 224] 1_248_424;
    SqueezeNet1_1 [3, 224, 224] 1_235_496;
    MobileNetV2 [3, 224, 224] 3_504_872;
    EfficientNetLite0 [3, 224, 224] 4_652_008;
    DenseNet121 [3, 224, 224] 7_978_856;
    UNet [3, 256, 256] 31_037_698;
}
