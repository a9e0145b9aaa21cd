//! Where the tensors of a PyTorch file are: in one dictionary, or in several inside each other.

use std::collections::{BTreeMap, HashMap};

use super::{
    join,
    pickle::{Id, Object, Pickle, Tensor},
    source::Fault,
};

/// Where checkpoints keep the state dict, the usual places first.
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
/// What an optimizer keeps is no state dict of a network: its places have this in their names.
const OPTIMIZER: &str = "optim";
/// The longest name of a tensor.
const LONGEST_NAME: usize = 4096;
/// How many dictionaries may be inside each other.
const DEEPEST: usize = 8;
/// What all entries together may cost: a dictionary may be in many others, and they again.
const MOST: usize = 1 << 26;

/// A dictionary: the tensors in it, and what else can be read.
pub struct Dictionary<'a> {
    /// The keys that lead to it, with dots between them.
    pub path: String,
    pub tensors: Vec<(String, &'a Tensor)>,
    others: Vec<(String, String)>,
    is_empty: bool,
}

/// The dictionary that a pickle is, and all inside it; each comes before those inside it.
pub struct Dictionaries<'a> {
    pub list: Vec<Dictionary<'a>>,
}

impl<'a> Dictionaries<'a> {
    /// Finds them. It is an error if there is no tensor in any, unless the pickle is an empty dictionary.
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

    /// The position of the network's state dict: it is in a usual place, or is the whole pickle, or the only one with tensors
    /// that is no optimizer's.
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

    /// A usual place below this path comes before the tensors that are there themselves: those may be a loss, or the state of
    /// a generator of random numbers.
    fn usual(&self, path: &str, positions: &HashMap<&str, usize>) -> Option<usize> {
        let position = *positions.get(path)?;
        let below = USUAL.iter().find_map(|name| self.usual(&join(path, name), positions));
        below.or_else(|| (!self.list[position].tensors.is_empty()).then_some(position))
    }

    /// What can be read beside the tensors of a dictionary, and on the way to it.
    pub fn metadata(&self, chosen: Option<usize>) -> BTreeMap<String, String> {
        let path = chosen.map_or("", |chosen| &self.list[chosen].path);
        let leads_there = |way: &str| {
            let rest = path.strip_prefix(way);
            rest.is_some_and(|rest| way.is_empty() || rest.is_empty() || rest.starts_with('.'))
        };
        let there = self.list.iter().filter(|dictionary| leads_there(&dictionary.path));
        // What is further out is the checkpoint's own: it comes last, and stays.
        there.rev().flat_map(|dictionary| dictionary.others.iter().cloned()).collect()
    }
}

/// The entries of a dictionary, each name with what it was given last. Numbers are names too.
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
