use std::pin::pin;
use std::sync::Arc;
use std::task::{Poll, Wake, Waker};

use super::*;
use crate::client::Options;
use crate::flow::poll_once;
use crate::settings::{Arguments, Settings};

struct Nobody;

impl Wake for Nobody {
    fn wake(self: Arc<Self>) {}
}

fn watch() -> Watch {
    let options = Options {
        scope: None,
        settings: Settings::resolve(&Arguments::default(), |_| None).unwrap(),
        address: Some("unix:path=/nonexistent".to_owned()),
        runtime_folder: None,
        interactive: false,
    };
    Watch::new(Arc::new(Client::new(&options).unwrap()), WatchOptions::default()).unwrap()
}

#[test]
fn a_wait_that_is_given_up_leaves_nothing_in_the_queue() {
    let watch = watch();
    for _ in 0..100 {
        let waker = Waker::from(Arc::new(Nobody));
        let mut news = pin!(watch.news());
        assert_eq!(poll_once(news.as_mut(), &waker, &mut Vec::new()), Poll::Pending);
        assert_eq!(watch.waiting(), 1);
    }
    assert_eq!(watch.waiting(), 0);
}
