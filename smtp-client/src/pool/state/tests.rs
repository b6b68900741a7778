use super::*;

const SECOND: Duration = Duration::from_secs(1);

/// A pool whose connections are numbers.
fn state(limits: PoolLimits) -> (State<u32>, Instant) {
    (State::new(limits), Instant::now())
}

/// Keeps a connection that was opened at one time, used so often, and given back at another.
fn keep(state: &mut State<u32>, number: u32, opened: Instant, messages: u64, back: Instant) {
    let mut kept = Kept::new(number, opened);
    (0..messages).for_each(|_| kept.count());
    state.keep(kept, back);
}

fn number(kept: Option<Kept<u32>>) -> Option<u32> {
    kept.map(|kept| kept.connection)
}

#[test]
fn no_more_calls_are_let_in_than_there_may_be_connections() {
    let (mut state, _) = state(PoolLimits::default().connections(2));
    assert_eq!(
        [(); 3].map(|()| state.enter()),
        [Answer::Go, Answer::Go, Answer::Wait(None)]
    );
    let _ = state.leave();
    assert_eq!(
        [state.enter(), state.enter()],
        [Answer::Go, Answer::Wait(None)]
    );
}

#[test]
fn no_minute_has_more_messages_than_the_limit_whichever_minute_it_is() {
    let (mut state, start) = state(PoolLimits::default().messages_per_minute(3));
    let at = |seconds: u32| start + SECOND * seconds;
    let mut begun = Vec::new();
    let mut now = start;
    while begun.len() < 100 {
        match state.begin(now) {
            Answer::Go => {
                begun.push(now);
                // An uneven pace, so that bursts end anywhere.
                now += SECOND * (begun.len() as u32 * 7 % 25);
            }
            Answer::Wait(until) => now = until.expect("a time is told"),
            Answer::Closed => panic!("nobody closed it"),
        }
    }
    for window in begun.windows(4) {
        assert!(
            window[3] - window[0] >= SECOND * 60,
            "four messages within {:?}",
            window[3] - window[0]
        );
    }
    assert!(begun[99] > at(60), "nobody ever waited");
}

#[test]
fn a_burst_is_allowed_and_then_the_wait_is_told_to_the_second() {
    let (mut state, start) = state(PoolLimits::default().messages_per_minute(2));
    assert_eq!(state.begin(start), Answer::Go);
    assert_eq!(state.begin(start + SECOND * 10), Answer::Go);
    assert_eq!(
        state.begin(start + SECOND * 59),
        Answer::Wait(Some(start + SECOND * 60))
    );
    assert_eq!(state.begin(start + SECOND * 60), Answer::Go);
    assert_eq!(
        state.begin(start + SECOND * 60),
        Answer::Wait(Some(start + SECOND * 70))
    );
}

#[test]
fn without_a_number_a_minute_nothing_is_remembered() {
    let (mut state, start) = state(PoolLimits::default());
    assert!((0..1000).all(|_| state.begin(start) == Answer::Go));
    assert!(state.recent.is_empty());
}

#[test]
fn the_connection_that_was_used_last_is_used_next() {
    let (mut state, start) = state(PoolLimits::default());
    for one in 1..=3 {
        keep(&mut state, one, start, 1, start + SECOND * one);
    }
    assert_eq!(
        [(); 4].map(|()| number(state.reuse(start + SECOND * 4))),
        [Some(3), Some(2), Some(1), None]
    );
}

#[test]
fn a_connection_whose_time_is_over_is_retired_and_never_used_again() {
    let limits = PoolLimits::default()
        .idle(SECOND * 10)
        .lifetime(SECOND * 100)
        .messages_per_connection(5);
    // When it was opened, how often it was used, when it came back, when it is asked for, whether it is good.
    let cases = [
        (0, 1, 50, 59, true),
        (0, 1, 50, 60, false),
        (0, 1, 95, 99, true),
        (0, 1, 95, 100, false),
        (0, 4, 50, 50, true),
        (0, 5, 50, 50, false),
    ];
    for (opened, messages, back, asked, is_good) in cases {
        let (mut state, start) = state(limits);
        let at = |seconds: u32| start + SECOND * seconds;
        keep(&mut state, 7, at(opened), messages, at(back));
        assert_eq!(
            number(state.reuse(at(asked))).is_some(),
            is_good,
            "{messages} messages, asked at {asked}"
        );
        assert_eq!(
            number(state.retire(at(asked))).is_some(),
            !is_good,
            "{messages} messages, asked at {asked}"
        );
    }
}

#[test]
fn whichever_connection_is_old_those_that_are_not_stay_in_use() {
    let (mut state, start) = state(
        PoolLimits::default()
            .lifetime(SECOND * 100)
            .idle(SECOND * 1000),
    );
    let at = |seconds: u32| start + SECOND * seconds;
    keep(&mut state, 1, at(50), 1, at(60));
    keep(&mut state, 2, at(0), 1, at(90));
    assert_eq!(number(state.retire(at(100))), Some(2));
    assert_eq!(number(state.reuse(at(100))), Some(1));
}

#[test]
fn a_servers_own_limit_of_messages_counts_too() {
    let (mut state, start) = state(PoolLimits::default());
    let mut kept = Kept::new(1, start);
    kept.allow(1);
    assert!(!kept.is_used());
    kept.count();
    assert!(kept.is_used());
    state.keep(kept, start);
    assert_eq!(number(state.reuse(start)), None);
    assert_eq!(number(state.retire(start)), Some(1));
}

/// Whatever is asked of it in whatever order, as the pool asks: `enter`, then `retire`, `reuse` or a new one, then `keep`.
#[test]
fn there_are_never_more_connections_than_the_limit() {
    let limits = PoolLimits::default()
        .connections(3)
        .idle(SECOND * 9)
        .lifetime(SECOND * 30)
        .messages_per_connection(4);
    let (mut state, mut now) = state(limits);
    let mut at_work: Vec<Kept<u32>> = Vec::new();
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let (mut opened, mut reused, mut most) = (0, 0, 0);
    for _ in 0..10_000 {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        now += SECOND * u32::try_from(random % 4).unwrap();
        if random & 16 == 0 && state.enter() == Answer::Go {
            let _ = state.retire(now);
            let kept = state
                .reuse(now)
                .inspect(|_| reused += 1)
                .unwrap_or_else(|| {
                    opened += 1;
                    Kept::new(opened, now)
                });
            at_work.push(kept);
        } else if let Some(mut kept) = at_work.pop() {
            kept.count();
            if random & 32 == 0 {
                state.keep(kept, now);
            }
            let _ = state.leave();
        }
        let (busy, idle) = state.counts();
        assert_eq!(busy, at_work.len());
        most = most.max(busy + idle);
        assert!(busy + idle <= 3, "{busy} at work and {idle} that wait");
    }
    assert!(
        most == 3 && opened > 100 && reused > 100,
        "{most}, {opened}, {reused}"
    );
}

#[test]
fn a_closed_pool_lets_nobody_in_and_rests_when_the_last_has_left() {
    let (mut state, start) = state(PoolLimits::default());
    assert_eq!(state.enter(), Answer::Go);
    keep(&mut state, 1, start, 1, start);
    let _ = state.close();
    assert_eq!(
        [state.enter(), state.begin(start)],
        [Answer::Closed, Answer::Closed]
    );
    assert_eq!(state.rests(), Answer::Wait(None));
    let _ = state.leave();
    assert_eq!(state.rests(), Answer::Go);
    assert_eq!(
        [number(state.dismiss()), number(state.dismiss())],
        [Some(1), None]
    );
}
