use super::*;

#[test]
fn only_an_answer_with_the_state_is_one() {
    let code = |code: &str| Some(Answer::Code(code.to_owned()));
    let refused = |error: &str, description: Option<&str>| {
        Some(Answer::Refused {
            error: error.to_owned(),
            description: description.map(str::to_owned),
        })
    };
    let cases = [
        ("/?code=c%2F1&state=s", code("c/1")),
        ("/?state=s&code=c&session_state=x", code("c")),
        (
            "/?error=access_denied&state=s",
            refused("access_denied", None),
        ),
        (
            "/?error=access_denied&error_description=no+way&state=s",
            refused("access_denied", Some("no way")),
        ),
        ("/?code=c&state=t", None),
        ("/?code=c", None),
        ("/?state=s", None),
        ("/?code=&state=s", None),
        ("/?code=c&state=s&state=s", None),
        ("/?code=c&code=d&state=s", None),
        ("/?code=c&error=e&state=s", None),
        ("/x?code=c&state=s", None),
        ("//evil.test/?code=c&state=s", None),
        ("/favicon.ico", None),
        ("/", None),
    ];
    for (target, expected) in cases {
        assert_eq!(answer(target, "s"), expected, "{target}");
    }
}

#[test]
fn a_request_line_is_taken_apart_or_refused() {
    for (line, expected) in [
        ("GET /?a HTTP/1.1\r\nHost: x\r\n\r\n", Some("/?a")),
        ("POST / HTTP/1.1\r\n\r\n", None),
        ("GET /\r\n\r\n", None),
        ("GET / HTTP/1.1 x\r\n\r\n", None),
        ("\r\n\r\n", None),
        ("\u{16}\u{3}\u{1}", None),
    ] {
        assert_eq!(target(line.as_bytes()), expected, "{line:?}");
    }
}

fn say(port: u16, request: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    stream.write_all(request).unwrap();
    stream
}

#[test]
fn strangers_on_this_machine_do_not_keep_the_browser_out() {
    let redirect = Redirect::listen("127.0.0.1").unwrap();
    let port = redirect.port;
    assert_eq!(redirect.address(), format!("http://127.0.0.1:{port}"));
    let waiting =
        thread::spawn(move || redirect.wait("the-state", Instant::now() + Duration::from_secs(60)));
    let silent: Vec<_> = (0..10).map(|_| say(port, b"")).collect();
    let endless = say(port, b"GET /");
    let tls = say(port, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03");
    let mut guess = say(port, b"GET /?code=evil&state=guess HTTP/1.1\r\n\r\n");
    let mut told = String::new();
    guess.read_to_string(&mut told).unwrap();
    assert!(told.starts_with("HTTP/1.1 400 "), "{told}");
    let mut browser = say(
        port,
        b"GET /?code=good&state=the-state HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    );
    let mut told = String::new();
    browser.read_to_string(&mut told).unwrap();
    assert!(
        told.starts_with("HTTP/1.1 200 ") && !told.contains("good"),
        "{told}"
    );
    assert_eq!(
        waiting.join().unwrap(),
        Some(Answer::Code("good".to_owned()))
    );
    drop((silent, endless, tls));
}

#[test]
fn a_request_without_end_is_cut_off() {
    let redirect = Redirect::listen("127.0.0.1").unwrap();
    let port = redirect.port;
    let waiting =
        thread::spawn(move || redirect.wait("s", Instant::now() + Duration::from_secs(60)));
    let mut flood = say(port, b"GET /?");
    let block = [b'a'; 4096];
    // Written until the other side has had enough.
    let refused = (0..100_000).any(|_| flood.write_all(&block).is_err());
    assert!(refused, "400 MB were taken");
    drop(say(
        port,
        b"GET /?error=access_denied&state=s HTTP/1.1\r\n\r\n",
    ));
    assert!(matches!(
        waiting.join().unwrap(),
        Some(Answer::Refused { .. })
    ));
}

#[test]
fn nobody_is_waited_for_longer_than_there_is_time() {
    let redirect = Redirect::listen("localhost").unwrap();
    assert_eq!(
        redirect.wait("s", Instant::now() + Duration::from_millis(50)),
        None
    );
}

#[test]
fn idle_strangers_give_way_to_the_browser() {
    let redirect = Redirect::listen("127.0.0.1").unwrap();
    let port = redirect.port;
    let waiting =
        thread::spawn(move || redirect.wait("s", Instant::now() + Duration::from_secs(60)));
    // More than there is room for, so that the first have to go.
    let strangers: Vec<_> = (0..MAX_CONNECTIONS + 50).map(|_| say(port, b"")).collect();
    let began = Instant::now();
    let mut browser = say(port, b"GET /?code=good&state=s HTTP/1.1\r\n\r\n");
    let mut told = String::new();
    browser.read_to_string(&mut told).unwrap();
    assert!(told.starts_with("HTTP/1.1 200 "), "{told}");
    assert!(
        began.elapsed() < REQUEST_TIME,
        "the browser waited until the strangers had to go"
    );
    assert_eq!(
        waiting.join().unwrap(),
        Some(Answer::Code("good".to_owned()))
    );
    drop(strangers);
}

#[test]
fn a_port_that_ipv6_has_taken_is_not_used() {
    let Ok(other) = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)) else {
        // Without IPv6 there is one address only.
        let listeners = listen_on_both(|| TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).unwrap();
        assert_eq!(listeners.len(), 1);
        return;
    };
    let taken = other.local_addr().unwrap().port();
    let mut ports = [taken, 0].into_iter();
    let listeners =
        listen_on_both(|| TcpListener::bind((Ipv4Addr::LOCALHOST, ports.next().unwrap()))).unwrap();
    let ports: Vec<_> = listeners
        .iter()
        .map(|listener| listener.local_addr().unwrap().port())
        .collect();
    assert!(
        ports.len() == 2 && ports[0] == ports[1] && ports[0] != taken,
        "{ports:?}"
    );
}
