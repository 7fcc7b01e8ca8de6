//! Scores worked out by hand, and the placer beside the full scan.

use super::full_scan::FullScan;
use super::*;
use crate::dice::Dice;

fn task(cpu_milli: u32, gpus: u32, gpu_milli: u32) -> Task {
    Task::new(cpu_milli, 0, gpus, gpu_milli, Models::default()).unwrap()
}

/// Where each of the tasks goes: rank of the node, GPUs as bits.
fn places(nodes: &[Node], choice: NodeChoice, tasks: &[Task]) -> Vec<Option<(usize, GpuMask)>> {
    let cluster = Cluster::new(nodes.to_vec(), TypicalTasks::of(tasks.iter()));
    let mut placer = Placer::new(cluster, choice, 1);
    let place = |task| placer.place(task).map(|at| (at.node, at.gpus));
    tasks.iter().map(place).collect()
}

fn four_gpus() -> Node {
    Node::new(32_000, 1024, 4, 0)
}

#[test]
fn whole_gpus_are_idle_ones_and_parts_go_where_least_is_left() {
    let tasks = [
        task(0, 1, 600),
        task(0, 1, 300),
        task(0, 1, 300),
        task(0, 2, 1000),
        task(0, 1, 1000),
    ];
    let found = places(&[four_gpus()], NodeChoice::FirstFit, &tasks);
    let expected = [Some(0b1), Some(0b1), Some(0b10), Some(0b1100), None];
    assert_eq!(found, expected.map(|gpus| gpus.map(|gpus| (0, gpus))));
}

#[test]
fn choices_differ_where_they_should() {
    use NodeChoice::{BestFit, Clustering, DotProduct, FirstFit, Packing};
    let nodes = [Node::new(64_000, 1024, 8, 0), four_gpus(), four_gpus()];
    // A part of a GPU, then a whole one, then another part.
    let tasks = [
        task(1_000, 1, 500),
        task(1_000, 1, 1000),
        task(1_000, 1, 400),
    ];
    for (choice, expected) in [
        (FirstFit, [0, 0, 0]),
        // The product with what is left is least on small nodes, and least on the fuller one.
        (DotProduct, [1, 1, 1]),
        (BestFit, [1, 1, 1]),
        // Nodes without a task score 33 − 8 or 33 − 4; one that is in use 49 or more.
        (Packing, [1, 1, 1]),
        // The second task is of another class: it goes to an empty node, the third to its own.
        (Clustering, [1, 2, 1]),
    ] {
        let found = places(&nodes, choice, &tasks);
        let found: Vec<usize> = found.iter().flatten().map(|(node, _)| *node).collect();
        assert_eq!(found, expected, "{choice}");
    }
}

#[test]
fn the_gradient_keeps_gpus_whole_for_typical_tasks() {
    // A part of GPU 3 of the second node is gone already.
    let mut nodes = vec![four_gpus(), four_gpus()];
    nodes[1].gpu_left[3] = 500;
    // Most tasks want two whole GPUs: a part goes beside a part, against rank and number.
    let mut tasks = vec![task(0, 2, 1000); 20];
    tasks.extend([task(0, 1, 500); 2]);
    let typical = TypicalTasks::of(tasks.iter());
    let cluster = Cluster::new(nodes, typical);
    let mut placer = Placer::new(cluster, NodeChoice::FragmentationGradient, 0);
    let part = task(0, 1, 500);
    let beside = Placement {
        node: 1,
        gpus: 0b1000,
    };
    assert_eq!(placer.place(&part), Some(beside));
}

#[test]
fn typical_tasks_make_up_ninety_five_percent() {
    let mut tasks = vec![task(1, 1, 500); 90];
    tasks.extend([task(2, 1, 500); 5]);
    tasks.extend([task(3, 1, 500); 5]);
    let typical = TypicalTasks::of(tasks.iter());
    assert_eq!(
        typical.weight(),
        95,
        "of two that are as frequent the smaller comes first"
    );
}

#[test]
fn a_node_without_cores_is_all_fragments() {
    let typical = TypicalTasks::of([task(4_000, 1, 500)].iter());
    let cluster = Cluster::new(vec![four_gpus()], typical);
    let of = |node: &Node| cluster.fragmentation.of(node);
    let mut node = four_gpus();
    assert_eq!(of(&node), 0);
    node.gpu_left[2] = 400;
    assert_eq!(of(&node), 400);
    node.cpu_left = 3_999;
    assert_eq!(of(&node), 3_400);
}

#[test]
fn scores_of_the_gradient_stand_at_fifty_without_change() {
    let typical = TypicalTasks::of([task(0, 1, 500)].iter());
    let cluster = Cluster::new(vec![four_gpus()], typical);
    let score = |falls| cluster.fragmentation.score(falls);
    let sigmoid = |falls: i64| (100.0 / (1.0 + (-falls as f64 / 1000.0).exp())).floor() as i8;
    assert_eq!(score(0), 50);
    assert_eq!(score(-1), 49);
    for falls in (-8_000..8_000).step_by(7) {
        assert_eq!(score(falls), sigmoid(falls).min(99), "{falls}");
    }
}

/// Nodes and tasks of all sorts.
fn sample(seed: u64) -> (Vec<Node>, Vec<Task>) {
    let mut dice = Dice::new(seed, 0);
    let node = |dice: &mut Dice| {
        let gpus = dice.pick(&[0, 1, 2, 4, 8]).unwrap_or(8);
        let cpu = dice.between(4, 64) as u32 * 1000;
        Node::new(cpu, 4096, gpus, dice.between(0, 2) as u8)
    };
    let task = |dice: &mut Dice| {
        let gpus = dice.pick(&[0, 1, 1, 1, 1, 2, 4]).unwrap_or(1);
        let milli = match gpus {
            0 => 0,
            1 => dice.pick(&[1000, 100, 250, 500, 730]).unwrap_or(500),
            _ => 1000,
        };
        let mut models = Models::default();
        if dice.chance(300) {
            models.insert(dice.between(0, 2) as u8);
        }
        let cpu = dice.between(1, 8) as u32 * 500;
        let memory = dice.between(1, 4) as u32 * 64;
        Task::new(cpu, memory, gpus, milli, models).unwrap()
    };
    let nodes = (0..40).map(|_| node(&mut dice)).collect();
    let kinds: Vec<Task> = (0..25).map(|_| task(&mut dice)).collect();
    let tasks = (0..400).map(|_| dice.pick(&kinds).unwrap_or_default());
    (nodes, tasks.collect())
}

#[test]
fn looking_at_changed_nodes_only_changes_no_placement() {
    for choice in NodeChoice::ALL {
        for seed in 0..5 {
            let (nodes, tasks) = sample(seed);
            let cluster = Cluster::new(nodes, TypicalTasks::of(tasks.iter()));
            let Some(mut scan) = FullScan::new(cluster.clone(), choice) else {
                continue;
            };
            let mut placer = Placer::new(cluster, choice, 0);
            for (at, task) in tasks.iter().enumerate() {
                let (ours, full) = (placer.place(task), scan.place(task));
                assert_eq!(ours, full, "{choice}, seed {seed}, task {at}");
            }
            assert_eq!(placer.fragmentation_milli(), scan.fragmentation_milli());
        }
    }
}

#[test]
fn what_is_released_is_there_again() {
    let (nodes, tasks) = sample(7);
    let cluster = Cluster::new(nodes.clone(), TypicalTasks::of(tasks.iter()));
    let mut placer = Placer::new(cluster, NodeChoice::FragmentationGradient, 0);
    // More changes than are remembered: kinds that were long not asked for look at all nodes.
    for _ in 0..20 {
        let placed = tasks.iter().map(|task| (task, placer.place(task)));
        let placed: Vec<(&Task, Option<Placement>)> = placed.collect();
        for (task, placement) in placed {
            if let Some(placement) = placement {
                placer.release(task, placement);
            }
        }
        assert_eq!(placer.nodes(), nodes);
    }
}

#[test]
fn a_choice_at_random_depends_on_its_seed_alone() {
    let (nodes, tasks) = sample(3);
    let placed = |seed| {
        let cluster = Cluster::new(nodes.clone(), TypicalTasks::of(tasks.iter()));
        let mut placer = Placer::new(cluster, NodeChoice::Random, seed);
        tasks
            .iter()
            .map(|task| placer.place(task))
            .collect::<Vec<_>>()
    };
    assert_eq!(placed(1), placed(1));
    assert_ne!(placed(1), placed(2));
}
