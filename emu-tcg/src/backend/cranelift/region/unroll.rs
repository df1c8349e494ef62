//! Small loops are unrolled.
//!
//! What a loop pays once an iteration, a region pays once for several of them: the poll and the register moves where
//! it goes back, and what counters of plugins add on that edge.
//!
//! Not here: code. A copy of a node is a node like any other, of the same block in the same context. Each copy of a
//! loop has all of the loop's ways out; what led back to its head leads to the next copy, from the last copy to the
//! first.

use super::{Edges, Node, Target, predecessors, varies};

/// A loop is unrolled to no more instructions than this,
const MAX_INSNS: usize = 128;
/// and to no more copies than this,
const MAX_COPIES: usize = 4;
/// if at least this share of its head's executions come from the loop itself.
const STAYS: (u64, u64) = (7, 8);

/// Adds copies of the innermost loops' nodes where those are small. The nodes are in reverse postorder before and
/// are no longer so if something is added.
pub(super) fn small_loops(nodes: &mut Vec<Node>) -> usize {
    let predecessors = predecessors(nodes);
    let mut added = 0;
    for head in 0..nodes.len() {
        if !nodes[head].loop_header {
            continue;
        }
        let Some(body) = innermost(nodes, &predecessors, head) else {
            continue;
        };
        let insns: usize = body
            .iter()
            .map(|&node| nodes[node].block.ir.insns.len())
            .sum();
        let copies = (MAX_INSNS / insns.max(1)).min(MAX_COPIES);
        let varies = |&node: &usize| {
            let node = &nodes[node];
            matches!(node.edges, Edges::Branch { .. }) && varies(node.block.branch_counts())
        };
        if copies > 1 && stays(nodes, &body, head) && !body.iter().any(varies) {
            unroll(nodes, &body, head, copies);
            added += (copies - 1) * insns;
        }
    }
    added
}

/// The nodes of the loop of `head`, `head` first, if there is no loop in it and no way into it but by `head`.
fn innermost(nodes: &[Node], predecessors: &[Vec<usize>], head: usize) -> Option<Vec<usize>> {
    let mut body = vec![head];
    let back = predecessors[head]
        .iter()
        .copied()
        .filter(|&from| from >= head);
    let mut pending: Vec<usize> = back.collect();
    while let Some(node) = pending.pop() {
        if body.contains(&node) {
            continue;
        }
        if node < head || nodes[node].loop_header {
            return None;
        }
        body.push(node);
        pending.extend(&predecessors[node]);
    }
    Some(body)
}

/// Whether control mostly goes round the loop again.
fn stays(nodes: &[Node], body: &[usize], head: usize) -> bool {
    let back: u64 = body
        .iter()
        .map(|&from| executions(&nodes[from], head))
        .sum();
    back * STAYS.1 >= u64::from(nodes[head].block.executions()) * STAYS.0
}

/// How often a node has led to `to`.
fn executions(node: &Node, to: usize) -> u64 {
    let block = &node.block;
    let to = Target::Node(to);
    match node.edges {
        Edges::Jump(target) if target == to => u64::from(block.executions()),
        Edges::Branch { taken, fallthrough } => {
            let count = |target, count| if target == to { count } else { 0 };
            let [taken_count, other_count] = block.branch_counts();
            count(taken, taken_count) + count(fallthrough, other_count)
        }
        _ => 0,
    }
}

fn unroll(nodes: &mut Vec<Node>, body: &[usize], head: usize, copies: usize) {
    // Where a node's copy number `copy` is; the first one is the node itself.
    let start = nodes.len();
    let place = |node: usize, copy: usize| match body.iter().position(|&member| member == node) {
        Some(_) if copy == 0 => node,
        Some(index) => start + (copy - 1) * body.len() + index,
        None => node,
    };
    for copy in 1..copies {
        for &node in body {
            nodes.push(nodes[node].clone());
            debug_assert_eq!(place(node, copy), nodes.len() - 1);
        }
    }
    for copy in 0..copies {
        for &node in body {
            let edges = &mut nodes[place(node, copy)].edges;
            *edges = edges.map(|to| match to {
                _ if to == head => place(head, (copy + 1) % copies),
                _ => place(to, copy),
            });
        }
    }
}
