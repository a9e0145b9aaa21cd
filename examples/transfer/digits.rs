//! Some of the digits.

use std::{error::Error, ops::Range, path::Path};

use shapewright::data::{ImageClassification, Mnist, Split};

/// Digits of five kinds, labelled 0 to 4.
pub type Digits = ImageClassification<1, 28, 28, 5>;

/// The first `most` training digits of the kinds in `kinds`, and all test digits of these kinds.
pub fn load(data: &Path, kinds: Range<usize>, most: usize) -> Result<(Digits, Digits), Box<dyn Error>> {
    let train = of_kinds(&Mnist::load(data, Split::Train)?, &kinds, most)?;
    let test = of_kinds(&Mnist::load(data, Split::Test)?, &kinds, usize::MAX)?;
    if train.is_empty() || test.is_empty() {
        return Err(
            format!("{}: there are no digits from {} to {} in it", data.display(), kinds.start, kinds.end - 1).into()
        );
    }
    Ok((train, test))
}

fn of_kinds(digits: &Mnist, kinds: &Range<usize>, most: usize) -> shapewright::Result<Digits> {
    let (mut pixels, mut labels) = (Vec::new(), Vec::new());
    let chosen = digits.labels().iter().enumerate().filter(|(_, label)| kinds.contains(label)).take(most);
    for (index, label) in chosen {
        pixels.extend_from_slice(digits.image(index));
        labels.push(label - kinds.start);
    }
    Digits::new(pixels, labels)
}
