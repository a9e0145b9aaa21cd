//! The results of PyTorch's functions: tensors and their storages.

use super::{Id, Machine, Object, Storage, Tensor, damaged, python::Named};
use crate::weights::{NumberType, read::Fault};

/// The largest number of dimensions of a tensor.
const MOST_DIMS: usize = 16;
/// The largest number of arguments of a function.
const MOST_ARGUMENTS: usize = 16;
/// The length of the longest key of a storage. Keys are numerals.
const LONGEST_KEY: usize = 64;

impl Machine<'_> {
    /// Makes the object that a call of a known Python object would return. No Python code is run.
    pub(super) fn call(&mut self, callee: Id, arguments: Id) -> Result<(), Fault> {
        // No function takes more arguments. Copying a long tuple many times would take too long.
        let first = |arguments: &[Id]| arguments[..arguments.len().min(MOST_ARGUMENTS)].to_vec();
        let Object::Tuple(arguments) = self.object(arguments)? else {
            return Err(damaged("arguments that are no tuple"));
        };
        let arguments = first(arguments);
        let Object::Named(named) = self.object(callee)? else { return Err(damaged("a call of what can't be called")) };
        let (callee, arguments) = match (named, arguments.as_slice()) {
            // `(function, type, arguments, state)`: the result is the tensor that the function returns.
            (Named::RebuildFromType, [function, _, inner, ..]) => match (self.object(*function)?, self.object(*inner)?)
            {
                (Object::Named(function), Object::Tuple(inner)) => (function.clone(), first(inner)),
                _ => return Err(damaged("a tensor")),
            },
            (named, _) => (named.clone(), arguments),
        };
        let made = match callee {
            Named::Dictionary => Object::Dict(Vec::new()),
            Named::RebuildTensor => {
                let metadata = arguments.get(6..).unwrap_or_default();
                Object::Tensor(self.tensor(&arguments, None, metadata)?)
            }
            Named::RebuildTypedTensor => {
                let number_type = arguments.get(6).and_then(|id| match self.object(*id) {
                    Ok(Object::Named(Named::NumberType(number_type))) => Some(number_type.clone()),
                    _ => None,
                });
                let number_type = number_type.ok_or_else(|| damaged("a tensor without a type"))?;
                let metadata = arguments.get(7..).unwrap_or_default();
                Object::Tensor(self.tensor(&arguments, Some(number_type), metadata)?)
            }
            Named::First => {
                let first = *arguments.first().ok_or_else(|| damaged("a parameter without a tensor"))?;
                self.stack.push(first);
                return Ok(());
            }
            _ => Object::Other,
        };
        self.push(made)
    }

    pub(super) fn storage(&self, id: Id) -> Option<Storage> {
        let Object::Tuple(parts) = self.object(id).ok()? else { return None };
        let [tag, class, key, _, length, rest @ ..] = parts.as_slice() else { return None };
        let is_storage = matches!(self.object(*tag).ok()?, Object::Text(tag) if tag == "storage");
        let (number_type, number_size) = match self.object(*class).ok()? {
            Object::Named(Named::Storage(number_type)) => {
                let complex = if *number_type == NumberType::Other("C64".into()) { 8 } else { 16 };
                (number_type.clone(), number_type.size().unwrap_or(complex))
            }
            Object::Named(Named::Bytes) => (NumberType::U8, 1),
            _ => return None,
        };
        let Object::Text(key) = self.object(*key).ok()? else { return None };
        let number_size = number_size as u64;
        let bytes = |numbers: usize| (numbers as u64).checked_mul(number_size);
        // Before version 0.4, a storage could be a view of another storage: `(key, offset, length)`.
        let part = match rest.first().map(|part| self.object(*part)) {
            Some(Ok(Object::Tuple(part))) => Some(part),
            _ => None,
        };
        let (offset, length) = match part.map(Vec::as_slice) {
            Some([_, offset, length]) => (self.index(*offset)?, self.index(*length)?),
            Some(_) => return None,
            None => (0, self.index(*length)?),
        };
        let (offset, length) = (bytes(offset)?, bytes(length)?);
        (is_storage && key.len() <= LONGEST_KEY).then(|| Storage {
            number_type,
            key: key.clone(),
            length,
            offset,
            number_size,
        })
    }

    /// `(storage, offset, shape, strides, requires_grad, backward_hooks, …)`; `metadata` is the last argument.
    fn tensor(&self, arguments: &[Id], number_type: Option<NumberType>, metadata: &[Id]) -> Result<Tensor, Fault> {
        let view = || {
            let [storage, offset, shape, strides, ..] = arguments else { return None };
            let Object::Storage(storage) = self.object(*storage).ok()? else { return None };
            Some(Tensor {
                number_type: number_type.unwrap_or_else(|| storage.number_type.clone()),
                storage: storage.clone(),
                offset: self.index(*offset)?,
                shape: self.indices(*shape)?,
                strides: self.indices(*strides)?,
                negated: false,
            })
        };
        let mut tensor = view().ok_or_else(|| damaged("a tensor"))?;
        tensor.negated = self.is_negated(metadata, &tensor.number_type)?;
        Ok(tensor)
    }

    /// Reads the metadata of a tensor, an optional dictionary of flags that change the meaning of its elements. Each
    /// flag is applied or refused.
    fn is_negated(&self, metadata: &[Id], number_type: &NumberType) -> Result<bool, Fault> {
        let entries = match metadata {
            [] => return Ok(false),
            [metadata] => match self.object(*metadata)? {
                Object::None => return Ok(false),
                Object::Dict(entries) => entries,
                _ => return Err(damaged("metadata of a tensor that are no dictionary")),
            },
            _ => return Err(damaged("a tensor with more arguments than are known")),
        };
        let mut negated = false;
        for (key, value) in entries {
            match (self.object(*key)?, self.object(*value)?) {
                (Object::Text(key), Object::Bool(false)) if key == "neg" || key == "conj" => {}
                // Complex elements can't be loaded anyway.
                (Object::Text(_), _) if matches!(number_type, NumberType::Other(_)) => {}
                (Object::Text(key), Object::Bool(true)) if key == "neg" && number_type.is_float() => negated = true,
                (Object::Text(key), _) => {
                    return Err(format!(
                        "holds a tensor of type {number_type} with the metadata `{}`, which can't be applied to it; in Python, \
                         save the result of `tensor.resolve_neg().resolve_conj().clone()`",
                        key.escape_debug()
                    )
                    .into());
                }
                _ => return Err(damaged("metadata of a tensor without a name")),
            }
        }
        Ok(negated)
    }

    fn index(&self, id: Id) -> Option<usize> {
        match self.object(id).ok()? {
            Object::Int(number) => usize::try_from(*number).ok(),
            _ => None,
        }
    }

    fn indices(&self, id: Id) -> Option<Vec<usize>> {
        match self.object(id).ok()? {
            Object::Tuple(items) | Object::List(items) if items.len() <= MOST_DIMS => {
                items.iter().map(|item| self.index(*item)).collect()
            }
            _ => None,
        }
    }
}
