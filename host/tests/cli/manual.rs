//! Manual pages and completions.

use crate::command::flowswitch;

#[test]
fn every_command_has_a_page_with_an_example() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let output = folder.path().display().to_string();
    let (status, out, error) = flowswitch(&["man", "--output", &output]);
    assert_eq!((status, error.as_str()), (Some(0), ""));
    let files = std::fs::read_dir(folder.path()).expect("the folder");
    let names: Vec<String> = files
        .map(|file| {
            file.expect("a page")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    assert!(out.contains(&format!("{} pages", names.len())), "{out}");
    let wanted = [
        "flowswitch.1",
        "flowswitch-top.1",
        "flowswitch-server-drain.1",
        "flowswitch-table-dump.1",
    ];
    for name in wanted {
        assert!(
            names.iter().any(|other| other == name),
            "{name} in {names:?}"
        );
    }
    for name in &names {
        let page = std::fs::read_to_string(folder.path().join(name)).expect("a page");
        assert!(page.contains(".SH SYNOPSIS"), "{name}");
        // The page of all commands lists them.
        assert!(
            name == "flowswitch.1" || page.contains("Example"),
            "{name} has no example"
        );
    }
}

#[test]
fn shells_learn_the_commands() {
    for (shell, mark) in [
        ("bash", "_flowswitch"),
        ("zsh", "#compdef flowswitch"),
        ("fish", "complete -c flowswitch"),
    ] {
        let (status, out, error) = flowswitch(&["completions", shell]);
        assert_eq!((status, error.as_str()), (Some(0), ""));
        assert!(out.contains(mark) && out.contains("maintenance"), "{shell}");
    }
    let (status, _, _) = flowswitch(&["completions", "command.com"]);
    assert_eq!(status, Some(2));
}
