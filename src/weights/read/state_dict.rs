//! Where the tensors of a PyTorch file are: in one dictionary, or in nested ones.

use std::collections::{BTreeMap, HashMap};

use super::{
    join,
    pickle::{Id, Object, Pickle, Tensor},
    source::Fault,
};

/// The keys under which checkpoints keep the state dict, the usual ones first.
const USUAL: [&str; 10] = [
    "state_dict",
    "model_state_dict",
    "model",
    "net",
    "network",
    "weights",
    "module",
    "model_state",
    "net_state_dict",
    "params",
];
/// The tensors of an optimizer are no state dict of a network: their keys contain this word.
const OPTIMIZER: &str = "optim";
/// The longest name of a tensor.
const LONGEST_NAME: usize = 4096;
/// The largest depth of nested dictionaries.
const DEEPEST: usize = 8;
/// The limit of what all entries together may cost. A dictionary may be in many others, and these in many more.
const MOST: usize = 1 << 26;

/// A dictionary: its tensors, and its other readable entries.
pub struct Dictionary<'a> {
    /// The keys that lead to it, separated by dots.
    pub path: String,
    pub tensors: Vec<(String, &'a Tensor)>,
    others: Vec<(String, String)>,
    is_empty: bool,
}

/// The pickled dictionary and all dictionaries in it, each before those in it.
pub struct Dictionaries<'a> {
    pub list: Vec<Dictionary<'a>>,
}

impl<'a> Dictionaries<'a> {
    /// Finds them. It is an error if none of them has a tensor, unless the pickle is an empty dictionary.
    pub fn of(pickle: &'a Pickle) -> Result<Self, Fault> {
        let (mut dictionaries, mut budget) = (Dictionaries { list: Vec::new() }, MOST);
        dictionaries.collect(pickle, pickle.root, String::new(), 0, &mut budget)?;
        let instead = "in Python, write `torch.save(model.state_dict(), path)`";
        let Some(first) = dictionaries.list.first() else {
            return Err(format!("holds no state dict, but a single object; {instead}").into());
        };
        if !first.is_empty && dictionaries.list.iter().all(|dictionary| dictionary.tensors.is_empty()) {
            let entries = entries(pickle, pickle.root)?.unwrap_or_default();
            let mut names: Vec<_> =
                entries.iter().take(8).map(|(name, _)| format!("`{}`", name.escape_debug())).collect();
            if entries.len() > names.len() {
                names.push("…".into());
            }
            return Err(format!("has no tensors in {}; {instead}", names.join(", ")).into());
        }
        Ok(dictionaries)
    }

    fn collect(
        &mut self,
        pickle: &'a Pickle,
        id: Id,
        path: String,
        depth: usize,
        budget: &mut usize,
    ) -> Result<(), Fault> {
        let Some(entries) = entries(pickle, id)? else { return Ok(()) };
        let (mut tensors, mut others, mut inside) = (Vec::new(), Vec::new(), Vec::new());
        let is_empty = entries.is_empty();
        for (name, id) in entries {
            let mut cost = 8;
            match pickle.object(id) {
                Object::Tensor(tensor) => {
                    cost += 64 + path.len() + name.len();
                    tensors.push((name, tensor));
                }
                Object::Dict(_) => inside.push((name, id)),
                Object::Bool(value) => others.push((name, value.to_string())),
                Object::Int(value) => others.push((name, value.to_string())),
                Object::Float(value) => others.push((name, value.to_string())),
                Object::Text(value) if value.len() <= LONGEST_NAME => others.push((name, value.clone())),
                _ => {}
            }
            *budget = budget
                .checked_sub(cost)
                .ok_or("holds more in dictionaries than any checkpoint has; save `model.state_dict()` alone")?;
        }
        let inner: Vec<_> = inside.into_iter().map(|(name, id)| (join(&path, &name), id)).collect();
        self.list.push(Dictionary { path, tensors, others, is_empty });
        if depth < DEEPEST {
            for (path, id) in inner {
                self.collect(pickle, id, path, depth + 1, budget)?;
            }
        }
        Ok(())
    }

    /// The position of the network's state dict: under a usual key, or at the top, or the only dictionary with tensors
    /// that isn't an optimizer's.
    pub fn state_dict(&self) -> Option<usize> {
        let mut positions: HashMap<&str, usize> = HashMap::new();
        for (position, dictionary) in self.list.iter().enumerate() {
            positions.entry(&dictionary.path).or_insert(position);
        }
        self.usual("", &positions).or_else(|| {
            let mut candidates = (0..self.list.len()).filter(|position| {
                let Dictionary { path, tensors, .. } = &self.list[*position];
                !tensors.is_empty() && !path.contains(OPTIMIZER)
            });
            match (candidates.next(), candidates.next()) {
                (only, None) => only.or_else(|| self.list.first()?.is_empty.then_some(0)),
                _ => None,
            }
        })
    }

    /// A usual key below this path has priority over the tensors at this path: these may be a loss, or the state of a
    /// random number generator.
    fn usual(&self, path: &str, positions: &HashMap<&str, usize>) -> Option<usize> {
        let position = *positions.get(path)?;
        let below = USUAL.iter().find_map(|name| self.usual(&join(path, name), positions));
        below.or_else(|| (!self.list[position].tensors.is_empty()).then_some(position))
    }

    /// The other readable entries of a dictionary, and of the dictionaries that contain it.
    pub fn metadata(&self, chosen: Option<usize>) -> BTreeMap<String, String> {
        let path = chosen.map_or("", |chosen| &self.list[chosen].path);
        let leads_there = |way: &str| {
            let rest = path.strip_prefix(way);
            rest.is_some_and(|rest| way.is_empty() || rest.is_empty() || rest.starts_with('.'))
        };
        let there = self.list.iter().filter(|dictionary| leads_there(&dictionary.path));
        // The entries of the outermost dictionary describe the checkpoint. They come last, and replace others with the
        // same name.
        there.rev().flat_map(|dictionary| dictionary.others.iter().cloned()).collect()
    }
}

/// The entries of a dictionary. If a name occurs several times, the last value counts. Integers may be names too.
pub fn entries(pickle: &Pickle, id: Id) -> Result<Option<Vec<(String, Id)>>, Fault> {
    let Object::Dict(dict) = pickle.object(id) else { return Ok(None) };
    let mut entries: Vec<(String, Id)> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for (key, value) in dict {
        let name = match pickle.object(*key) {
            Object::Text(name) if name.len() > LONGEST_NAME => match pickle.object(*value) {
                Object::Tensor(_) => {
                    return Err(format!("has a name of {} bytes: it is damaged; get it again", name.len()).into());
                }
                _ => continue,
            },
            Object::Text(name) => name.clone(),
            Object::Int(number) => number.to_string(),
            _ => continue,
        };
        match places.get(&name) {
            Some(place) => entries[*place].1 = *value,
            None => {
                places.insert(name.clone(), entries.len());
                entries.push((name, *value));
            }
        }
    }
    Ok(Some(entries))
}
