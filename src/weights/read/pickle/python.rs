//! The Python objects that a pickle may name: an explicit list, and what each is read as.

use crate::weights::{NumberType, read::Fault};

/// A Python object that a pickle names: a class or a function.
#[derive(Clone, Debug, PartialEq)]
pub enum Named {
    /// `collections.OrderedDict` and similar classes. A call returns a dictionary.
    Dictionary,
    /// `torch._utils._rebuild_tensor_v2`. A call returns a tensor.
    RebuildTensor,
    /// `torch._utils._rebuild_tensor_v3`. A call returns a tensor of the given type, whose storage is untyped.
    RebuildTypedTensor,
    /// `torch._utils._rebuild_parameter` and similar functions. A call returns its first argument.
    First,
    /// `torch._tensor._rebuild_from_type_v2`. A call applies its first argument to its third.
    RebuildFromType,
    /// `torch.FloatStorage` and similar classes: a storage with an element type.
    Storage(NumberType),
    /// `torch.UntypedStorage`: a storage of bytes.
    Bytes,
    /// `torch.float32` and similar types.
    NumberType(NumberType),
    /// An object that isn't needed. Its result isn't needed either.
    Other,
}

/// Finds an object in the list. Nothing is imported or called; only names are compared.
pub fn find(module: &str, name: &str) -> Result<Named, Fault> {
    Ok(match (module, name) {
        ("collections", "OrderedDict" | "Counter" | "defaultdict") => Named::Dictionary,
        ("torch._utils", "_rebuild_tensor_v2" | "_rebuild_tensor") => Named::RebuildTensor,
        ("torch._utils", "_rebuild_tensor_v3") => Named::RebuildTypedTensor,
        ("torch._utils", "_rebuild_parameter" | "_rebuild_parameter_with_state") => Named::First,
        ("torch", "Size") | ("torch.nn.parameter", "Parameter" | "Buffer") => Named::First,
        ("torch._tensor", "_rebuild_from_type_v2") => Named::RebuildFromType,
        ("torch" | "torch.storage", "UntypedStorage") => Named::Bytes,
        ("torch" | "torch.cuda" | "torch.storage", name) if let Some(storage) = storage(name) => {
            Named::Storage(storage)
        }
        ("torch", name) if let Some(number_type) = number_type(name) => Named::NumberType(number_type),
        ("torch", "device" | "Tensor" | "strided" | "contiguous_format" | "preserve_format" | "channels_last")
        | ("torch.serialization", "_get_layout")
        | ("_codecs", "encode")
        | ("argparse", "Namespace")
        | ("pathlib", "PosixPath" | "WindowsPath" | "PurePosixPath" | "PureWindowsPath" | "Path")
        | ("datetime", "datetime" | "date" | "timedelta")
        | ("numpy", "dtype" | "ndarray")
        | ("numpy.core.multiarray" | "numpy._core.multiarray", "scalar" | "_reconstruct")
        | (
            "builtins" | "__builtin__",
            "set" | "frozenset" | "list" | "dict" | "tuple" | "int" | "float" | "bool" | "str" | "bytes" | "bytearray"
            | "complex" | "object" | "long" | "unicode",
        )
        | ("copy_reg" | "copyreg", "_reconstructor") => Named::Other,
        _ => return Err(refusal(module, name).into()),
    })
}

fn refusal(module: &str, name: &str) -> String {
    let full = format!("{module}.{name}");
    let full = full.escape_debug();
    let (what, instead) = (
        "which a file of weights has no need of: nothing was run, nothing was loaded",
        "If you trust the file, load it in Python and write `torch.save(model.state_dict(), path)` or \
         `safetensors.torch.save_file(model.state_dict(), path)`",
    );
    match module {
        _ if module.starts_with("__torch__") => format!("is a program of TorchScript, which names `{full}`. {instead}"),
        "__main__" => format!("wants a class of the program that wrote it, `{full}`, {what}. {instead}"),
        _ => format!("wants to run `{full}`, {what}. {instead}"),
    }
}

fn storage(name: &str) -> Option<NumberType> {
    Some(match name.strip_suffix("Storage")? {
        "Half" => NumberType::F16,
        "BFloat16" => NumberType::BF16,
        "Float" => NumberType::F32,
        "Double" => NumberType::F64,
        "Char" => NumberType::I8,
        "Short" => NumberType::I16,
        "Int" => NumberType::I32,
        "Long" => NumberType::I64,
        "Byte" => NumberType::U8,
        "Bool" => NumberType::Bool,
        "ComplexFloat" => NumberType::Other("C64".into()),
        "ComplexDouble" => NumberType::Other("C128".into()),
        _ => return None,
    })
}

fn number_type(name: &str) -> Option<NumberType> {
    Some(match name {
        "float16" | "half" => NumberType::F16,
        "bfloat16" => NumberType::BF16,
        "float32" | "float" => NumberType::F32,
        "float64" | "double" => NumberType::F64,
        "int8" => NumberType::I8,
        "int16" | "short" => NumberType::I16,
        "int32" | "int" => NumberType::I32,
        "int64" | "long" => NumberType::I64,
        "uint8" => NumberType::U8,
        "uint16" => NumberType::U16,
        "uint32" => NumberType::U32,
        "uint64" => NumberType::U64,
        "bool" => NumberType::Bool,
        "complex64" | "complex128" | "float8_e4m3fn" | "float8_e5m2" | "float8_e4m3fnuz" | "float8_e5m2fnuz" => {
            NumberType::Other(name.to_owned())
        }
        _ => return None,
    })
}
