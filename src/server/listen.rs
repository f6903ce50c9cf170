//! Connections: taken, greeted by TLS where that is wanted, bounded in number and time, and ended in order.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use serde_json::json;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_io_timeout::TimeoutStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::routes::router;
use super::{Server, log};
use crate::{Error, Location, Result};

/// Time that a header, or a greeting of TLS, may take.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// Time that a client may take to read a piece of an answer.
const WRITE_TIMEOUT: Duration = Duration::from_secs(20);
/// Bytes of the head of a request.
const LARGEST_HEAD: usize = 64 << 10;

/// TLS by a certificate and its key.
fn acceptor(certificates: &Path, key: &Path) -> Result<TlsAcceptor> {
    let wrong = |path: &Path, why: String| Error::row(Location::file(path), why);
    let chain: std::result::Result<Vec<_>, _> = CertificateDer::pem_file_iter(certificates)
        .map_err(|e| wrong(certificates, format!("holds no certificate: {e}")))?
        .collect();
    let chain = chain.map_err(|e| wrong(certificates, format!("holds no certificate: {e}")))?;
    if chain.is_empty() {
        return Err(wrong(certificates, "holds no certificate".to_owned()));
    }
    let secret =
        PrivateKeyDer::from_pem_file(key).map_err(|e| wrong(key, format!("holds no private key: {e}")))?;
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, secret)
        .map_err(|e| wrong(key, format!("does not go with the certificate: {e}")))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Takes connections until it is told to stop.
pub(super) async fn listen(server: Arc<Server>, ready: impl FnOnce(SocketAddr)) -> Result<()> {
    let failed = |source| Error::Io { location: Location::file(server.config.listen.to_string()), source };
    let tls =
        server.config.tls.as_ref().map(|(certificates, key)| acceptor(certificates, key)).transpose()?;
    let listener = TcpListener::bind(server.config.listen).await.map_err(failed)?;
    let mut signals = Signals::new().map_err(failed)?;
    ready(listener.local_addr().map_err(failed)?);
    let router = router(server.clone());
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(server.config.max_connections));
    loop {
        let taken = tokio::select! {
            taken = take(&listener, places.clone()) => taken,
            signal = signals.next() => match signal {
                Signal::Stop => break,
                Signal::Renew => {
                    let worker = server.clone();
                    // what came of it is logged
                    drop(tokio::task::spawn_blocking(move || worker.renew(None)));
                    continue;
                }
            },
        };
        let Ok((stream, place)) = taken else {
            // too many open files, say: others end in time
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        // an answer goes out when it is there
        let _ = stream.set_nodelay(true);
        let service = TowerToHyperService::new(router.clone());
        let watcher = graceful.watcher();
        let tls = tls.clone();
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(WRITE_TIMEOUT));
        let stream = Box::pin(stream);
        tokio::spawn(async move {
            let _place = place;
            match tls {
                None => talk(stream, service, watcher).await,
                Some(tls) => {
                    if let Ok(Ok(stream)) = tokio::time::timeout(HEADER_TIMEOUT, tls.accept(stream)).await {
                        talk(stream, service, watcher).await;
                    }
                }
            }
        });
    }
    drop(listener);
    server.stopping.store(true, Ordering::Relaxed);
    log(&json!({ "event": "stopping" }));
    let in_time = tokio::select! {
        () = graceful.shutdown() => true,
        () = tokio::time::sleep(server.config.stop_timeout) => false,
        // a second signal waits for nothing
        signal = signals.stop() => signal,
    };
    server.workers.close();
    log(&json!({ "event": "stopped", "all_answered": in_time }));
    Ok(())
}

/// The next connection, when there is a place for it.
async fn take(
    listener: &TcpListener,
    places: Arc<Semaphore>,
) -> std::io::Result<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let place = places.acquire_owned().await.map_err(std::io::Error::other)?;
    Ok((listener.accept().await?.0, place))
}

/// Answers what comes over one connection.
async fn talk<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: S,
    service: TowerToHyperService<axum::Router>,
    watcher: hyper_util::server::graceful::Watcher,
) {
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_buf_size(LARGEST_HEAD)
        .serve_connection(TokioIo::new(stream), service);
    // a client that breaks off, or says nonsense, has been answered if it could be
    let _ = watcher.watch(connection).await;
}

enum Signal {
    Stop,
    Renew,
}

/// What the system tells a server.
#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hang_up: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Signals> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Signals {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::Stop,
            _ = self.terminate.recv() => Signal::Stop,
            _ = self.hang_up.recv() => Signal::Renew,
        }
    }

    /// Returns `false` when it is told to stop.
    async fn stop(&mut self) -> bool {
        tokio::select! {
            _ = self.interrupt.recv() => false,
            _ = self.terminate.recv() => false,
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Signals> {
        Ok(Signals)
    }

    async fn next(&mut self) -> Signal {
        let _ = tokio::signal::ctrl_c().await;
        Signal::Stop
    }

    /// Returns `false` when it is told to stop.
    async fn stop(&mut self) -> bool {
        let _ = tokio::signal::ctrl_c().await;
        false
    }
}
