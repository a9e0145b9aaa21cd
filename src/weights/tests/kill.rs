//! A process that is killed while it saves.

use std::{
    env,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use super::*;

/// Tells the process that it is the child, and where to save.
const VARIABLE: &str = "SHAPEWRIGHT_TEST_SAVES_TO";
const TEST: &str = "weights::tests::kill::who_is_killed_while_saving_leaves_the_old_file_or_the_new";

type Wide = (Linear<64, 256>, ReLU, Linear<256, 64>);

/// A network whose weights all have the same value.
fn all(number: f32) -> OfDfdx<<Wide as BuildOnDevice<Cpu, f32>>::Built> {
    let mut model = Cpu::default().build_module::<Wide, f32>();
    model.0.weight.fill_with(number);
    model.0.bias.fill_with(number);
    model.2.weight.fill_with(number);
    model.2.bias.fill_with(number);
    OfDfdx::new(model)
}

trait FillWith {
    fn fill_with(&mut self, number: f32);
}

impl<S: Shape> FillWith for Tensor<S, f32, Cpu> {
    fn fill_with(&mut self, number: f32) {
        self.copy_from(&vec![number; self.shape().num_elements()]);
    }
}

/// Protects trained weights: whenever a process dies while it saves, the file is complete, and holds either the old
/// weights or the new ones. The incomplete new file next to it does no harm.
///
/// The test runs itself as a child that saves increasing values in a loop, and kills it after some milliseconds.
#[test]
fn who_is_killed_while_saving_leaves_the_old_file_or_the_new() {
    if let Some(directory) = env::var_os(VARIABLE) {
        let directory = Path::new(&directory);
        for number in 1.. {
            save(&all(number as f32), directory.join("net.safetensors")).unwrap();
            save(&all(number as f32), directory.join("net.npz")).unwrap();
        }
    }
    let directory = tempfile::tempdir().unwrap();
    let paths = ["net.safetensors", "net.npz"].map(|name| directory.path().join(name));
    paths.iter().for_each(|path| save(&all(0.0), path).unwrap());
    let mut progress = 0.0;
    for round in 0..30 {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", TEST, "--nocapture"])
            .env(VARIABLE, directory.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Some children die while they start, most while they save.
        let deadline = Instant::now() + Duration::from_secs(20);
        let first = fs::metadata(&paths[1]).unwrap().modified().unwrap();
        while round % 10 != 0
            && Instant::now() < deadline
            && fs::metadata(&paths[1]).unwrap().modified().unwrap() == first
        {
            thread::sleep(Duration::from_micros(200));
        }
        thread::sleep(Duration::from_micros(700 * round));
        child.kill().unwrap();
        child.wait().unwrap();
        for path in &paths {
            let mut model = all(-1.0);
            assert_eq!(load(&mut model, path).unwrap().loaded.len(), 4);
            let number = model.0.bias.as_vec()[0];
            assert!(number >= 0.0 && number.fract() == 0.0);
            let tensors =
                [model.0.weight.as_vec(), model.0.bias.as_vec(), model.2.weight.as_vec(), model.2.bias.as_vec()];
            assert!(tensors.concat().iter().all(|found| *found == number), "{path:?} is of two files");
            progress += number;
        }
    }
    assert!(progress > 0.0, "nothing was ever saved");
    for entry in fs::read_dir(directory.path()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(paths.contains(&path) || name.starts_with('.') && name.ends_with(".tmp"), "{name}");
    }
}
