//! In which order a region's nodes come.
//!
//! Any depth-first search gives a reverse postorder, and every loop has an edge that goes back in it; a node with such an
//! edge polls. A loop with one entry leaves no choice of that edge. But where a block runs into a loop, it has a copy of the
//! loop's start and goes on where that does: the loop has two entries then, and which search is made decides whether one or
//! several of its nodes poll. So some are, and the one with the fewest polls is taken.
//!
//! Not here: where code lies. Cranelift decides that.

use std::cmp::Reverse;

/// Which successor a search goes to first.
#[derive(Debug, Clone, Copy)]
enum Preference {
    Last,
    First,
    Hottest,
    Coldest,
}

/// The order of nodes in a reverse postorder from the first one, from which all are reachable. `heats` says how often each
/// is executed.
pub(super) fn reverse_postorder(successors: &[Vec<usize>], heats: &[u64]) -> Vec<usize> {
    use Preference::{Coldest, First, Hottest, Last};
    let orders = [Last, First, Hottest, Coldest].map(|first| search(successors, heats, first));
    let fewest = orders
        .into_iter()
        .min_by_key(|order| polls(order, successors, heats));
    fewest.unwrap_or_default()
}

fn search(successors: &[Vec<usize>], heats: &[u64], first: Preference) -> Vec<usize> {
    // The last of these is the first to be gone to.
    let pending = |node: usize| {
        let mut pending = successors[node].clone();
        match first {
            Preference::Last => {}
            Preference::First => pending.reverse(),
            Preference::Hottest => pending.sort_by_key(|&to| heats[to]),
            Preference::Coldest => pending.sort_by_key(|&to| Reverse(heats[to])),
        }
        pending
    };
    let mut order = Vec::with_capacity(successors.len());
    let mut seen = vec![false; successors.len()];
    seen[0] = true;
    let mut stack = vec![(0, pending(0))];
    while let Some((node, pending_here)) = stack.last_mut() {
        match pending_here.pop() {
            Some(next) if !seen[next] => {
                seen[next] = true;
                stack.push((next, pending(next)));
            }
            Some(_) => {}
            None => {
                order.push(*node);
                stack.pop();
            }
        }
    }
    order.reverse();
    order
}

/// How often nodes poll if they come in `order`.
fn polls(order: &[usize], successors: &[Vec<usize>], heats: &[u64]) -> u64 {
    let mut seen = vec![false; successors.len()];
    let mut polls = 0;
    for &node in order {
        seen[node] = true;
        if successors[node].iter().any(|&to| seen[to]) {
            polls += heats[node];
        }
    }
    polls
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loop_polls_once_an_iteration_however_it_is_entered() {
        // Node 0 runs into a loop that starts with 1, and has a copy of that; 1 and 2 go round mostly, seldom 1 and 3.
        for entry in [vec![2, 3], vec![3, 2]] {
            for branch in [vec![2, 3], vec![3, 2]] {
                let successors = [entry.clone(), branch, vec![1], vec![1, 4], vec![]];
                let heats = [10, 100, 80, 20, 1];
                let order = reverse_postorder(&successors, &heats);
                let polls = polls(&order, &successors, &heats);
                assert_eq!(polls, 120, "{successors:?}: {order:?}");
            }
        }
    }

    #[test]
    fn what_is_no_loop_does_not_poll() {
        let successors = [vec![1, 2], vec![3], vec![3, 1], vec![]];
        let heats = [1, 50, 60, 2];
        let order = reverse_postorder(&successors, &heats);
        assert_eq!(order, [0, 2, 1, 3]);
        assert_eq!(polls(&order, &successors, &heats), 0);
    }
}
