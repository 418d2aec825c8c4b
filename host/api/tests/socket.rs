//! The socket belongs to one daemon, and is never open to more than it is meant for.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use flowswitch_api::server::messages::Switch;
use flowswitch_api::server::{BindError, bind, serve_metrics};
use tokio::net::UnixListener;

fn take(path: &Path, group: Option<&str>) -> Result<UnixListener, BindError> {
    bind(path, 0o660, group)
}

#[tokio::test]
async fn what_a_dead_daemon_left_is_replaced_and_a_living_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("api.sock");
    let first = take(&path, None).unwrap();
    let inode = std::fs::metadata(&path).unwrap().ino();
    let error = take(&path, None).unwrap_err();
    assert!(matches!(error, BindError::InUse(_)), "{error}");
    assert!(error.to_string().contains("systemctl stop"));
    assert_eq!(std::fs::metadata(&path).unwrap().ino(), inode);
    // It still answers under its name.
    let connected = tokio::net::UnixStream::connect(&path).await;
    assert!(connected.is_ok());
    drop(first);
    let second = take(&path, None).unwrap();
    assert_ne!(std::fs::metadata(&path).unwrap().ino(), inode);
    assert!(tokio::net::UnixStream::connect(&path).await.is_ok());
    drop(second);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn of_many_daemons_that_start_at_once_one_has_the_socket() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("api.sock");
    for _ in 0..20 {
        // Left by one that is dead.
        drop(take(&path, None).unwrap());
        let handle = tokio::runtime::Handle::current();
        let taken: Vec<_> = std::thread::scope(|scope| {
            let daemons: Vec<_> = (0..4)
                .map(|_| {
                    scope.spawn(|| {
                        let _inside = handle.enter();
                        take(&path, None)
                    })
                })
                .collect();
            daemons.into_iter().map(|one| one.join().unwrap()).collect()
        });
        let mut listeners: Vec<_> = taken.into_iter().filter_map(Result::ok).collect();
        assert_eq!(listeners.len(), 1);
        let listener = listeners.remove(0);
        let (accepted, connected) =
            tokio::join!(listener.accept(), tokio::net::UnixStream::connect(&path));
        assert!(accepted.is_ok() && connected.is_ok());
    }
}

#[tokio::test]
async fn what_cannot_be_a_socket_is_refused_with_a_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "precious").unwrap();
    let error = take(&file, None).unwrap_err();
    assert!(matches!(error, BindError::NotASocket(_)), "{error}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "precious");
    let link = folder.path().join("link");
    std::os::unix::fs::symlink(&file, &link).unwrap();
    assert!(matches!(
        take(&link, None).unwrap_err(),
        BindError::NotASocket(_)
    ));

    let error = take(&folder.path().join("none/api.sock"), None).unwrap_err();
    assert!(error.to_string().contains("RuntimeDirectory"), "{error}");
    let error = take(&folder.path().join("x".repeat(100)), None).unwrap_err();
    assert!(matches!(error, BindError::TooLong(_)), "{error}");
    let free = folder.path().join("api.sock");
    let error = take(&free, Some("no-such-group")).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("groupadd --system no-such-group"),
        "{error}"
    );
    assert!(!free.exists());
    let own = std::fs::metadata(folder.path()).unwrap().gid().to_string();
    let _listener = take(&free, Some(&own)).unwrap();
    assert_eq!(std::fs::metadata(&free).unwrap().gid().to_string(), own);
}

#[tokio::test]
async fn metrics_are_for_this_machine_alone() {
    let (commands, _) = crossbeam_channel::bounded(1);
    let (events, _) = tokio::sync::broadcast::channel(1);
    let switch = Switch::new(commands, std::sync::Arc::new(|| {}), events);
    let everywhere = tokio::net::TcpListener::bind("0.0.0.0:0").await.unwrap();
    let error = serve_metrics(everywhere, switch, std::future::pending::<()>());
    let error = error.await.unwrap_err();
    assert!(error.to_string().contains("127.0.0.1:9532"), "{error}");
}
