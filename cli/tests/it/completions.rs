//! Completion scripts exist for every shell and know every subcommand.

use crate::{code, ewc, stdout};

#[tokio::test]
async fn completions_know_the_subcommands() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = ewc(&["completions", shell]).await;
        assert_eq!(code(&output), 0, "{shell}");
        let script = stdout(&output);
        for word in [
            "submit",
            "explain",
            "uncordon",
            "apply",
            "restore",
            "--endpoint",
        ] {
            assert!(
                script.contains(word.trim_start_matches('-')),
                "{shell}: {word}"
            );
        }
    }
    assert_eq!(code(&ewc(&["completions", "cmd"]).await), 2);
}
