//! Ctrl-C ends a command that waits.

use std::process::Stdio;
use std::time::Duration;

use crate::fake::{Fake, Script, Turn};

#[tokio::test]
async fn an_interrupted_command_says_so() {
    let fake = Fake::start(Script {
        turns: [Turn::LoseAnswer].into(),
        ..Script::default()
    })
    .await;
    let mut child = tokio::process::Command::new(env!("CARGO_BIN_EXE_ewc"))
        .args([
            "submit",
            "--estimate",
            "1m",
            "--endpoint",
            &fake.url,
            "--",
            "true",
        ])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // Once the request has arrived, the program has long been listening for the signal.
    while fake.keys().is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let kill = format!("kill -INT {}", child.id().unwrap());
    let killed = tokio::process::Command::new("sh")
        .args(["-c", &kill])
        .status()
        .await
        .unwrap();
    assert!(killed.success());
    assert_eq!(child.wait().await.unwrap().code(), Some(130));
}
