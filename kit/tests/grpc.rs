//! Servers and pools over real sockets: the token, health, reflection, and calls that outlive a process.

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use kit::grpc::{AuthorizedChannel, Health, Pool, PoolConfig, Server};
    use kit::{Secret, Shutdown};
    use protos::pb::logic::user_service_client::UserServiceClient;
    use protos::pb::logic::user_service_server::{UserService, UserServiceServer};
    use protos::pb::logic::{
        GetProfileRequest, GetProfileResponse, SearchUsersRequest, SearchUsersResponse, UpdateProfileRequest,
        UpdateProfileResponse,
    };
    use protos::{Error, Reason};
    use tonic::transport::Channel;
    use tonic::{Code, Request, Response, Status};
    use tonic_health::pb::HealthCheckRequest;
    use tonic_health::pb::health_check_response::ServingStatus;
    use tonic_health::pb::health_client::HealthClient;
    use tonic_reflection::pb::v1::ServerReflectionRequest;
    use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
    use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
    use url::Url;

    /// Counts the calls that reach it; a user called "unknown" is refused with an error of ours.
    #[derive(Clone, Default)]
    struct Counting(Arc<AtomicUsize>);

    #[tonic::async_trait]
    impl UserService for Counting {
        async fn get_profile(
            &self,
            request: Request<GetProfileRequest>,
        ) -> Result<Response<GetProfileResponse>, Status> {
            self.0.fetch_add(1, Ordering::SeqCst);
            if request.get_ref().user_id == "unknown" {
                return kit::grpc::reply(Err(Error::user_not_found()));
            }
            kit::grpc::reply(Ok(GetProfileResponse::default()))
        }

        async fn search_users(
            &self,
            _: Request<SearchUsersRequest>,
        ) -> Result<Response<SearchUsersResponse>, Status> {
            std::future::pending().await
        }

        async fn update_profile(
            &self,
            _: Request<UpdateProfileRequest>,
        ) -> Result<Response<UpdateProfileResponse>, Status> {
            Err(Status::unimplemented("no test calls it"))
        }
    }

    struct Running {
        address: SocketAddr,
        calls: Arc<AtomicUsize>,
        health: Health,
        stop: Shutdown,
        done: tokio::task::JoinHandle<()>,
    }

    impl Running {
        async fn start(address: &str, token: &Secret) -> Self {
            let server = Server::bind(address.parse().unwrap(), token.clone()).await.unwrap();
            let (address, health, stop) = (server.address().unwrap(), server.health(), Shutdown::new());
            health.set_ready(true).await;
            let service = Counting::default();
            let calls = Arc::clone(&service.0);
            let serving =
                server.serve(stop.clone(), |routes| routes.add_service(UserServiceServer::new(service)));
            let done = tokio::spawn(async move { serving.await.unwrap() });
            Self { address, calls, health, stop, done }
        }

        async fn stop(self) -> SocketAddr {
            self.stop.cancel();
            self.done.await.unwrap();
            self.address
        }

        fn url(&self) -> Url {
            format!("http://{}", self.address).parse().unwrap()
        }

        async fn channel(&self) -> Channel {
            Channel::from_shared(self.url().to_string()).unwrap().connect().await.unwrap()
        }
    }

    async fn ask(pool: &Pool, key: Option<&str>, user: &str) -> protos::Result<GetProfileResponse> {
        let request = GetProfileRequest { user_id: user.into() };
        pool.idempotent(key, |channel: AuthorizedChannel| {
            let request = request.clone();
            async move { UserServiceClient::new(channel).get_profile(request).await }
        })
        .await
    }

    fn pool(servers: &[&Running], token: &Secret) -> Pool {
        let urls: Vec<Url> = servers.iter().map(|server| server.url()).collect();
        let config = PoolConfig { probe_every: Duration::from_millis(50), ..PoolConfig::default() };
        Pool::start("test", &urls, token, config).unwrap()
    }

    #[tokio::test]
    async fn without_the_token_only_health_answers() {
        let token = Secret::random().unwrap();
        let server = Running::start("127.0.0.1:0", &token).await;
        let channel = server.channel().await;
        let health = HealthClient::new(channel.clone()).check(HealthCheckRequest::default()).await.unwrap();
        assert_eq!(health.get_ref().status(), ServingStatus::Serving);

        let refused = UserServiceClient::new(channel.clone()).get_profile(GetProfileRequest::default()).await;
        let status = refused.unwrap_err();
        assert_eq!(status.code(), Code::Unauthenticated);
        assert_eq!(Error::from(status).reason(), Reason::Unauthorized);
        let asked = tokio_stream::iter([ServerReflectionRequest {
            host: String::new(),
            message_request: Some(MessageRequest::ListServices(String::new())),
        }]);
        let refused = ServerReflectionClient::new(channel.clone()).server_reflection_info(asked).await;
        assert_eq!(refused.unwrap_err().code(), Code::Unauthenticated);

        let stranger = Secret::random().unwrap();
        let guess = pool(&[&server], &stranger);
        assert_eq!(ask(&guess, None, "u").await.unwrap_err().reason(), Reason::Unauthorized);
        let ours = pool(&[&server], &token);
        assert!(ask(&ours, None, "u").await.is_ok());
        assert_eq!(ask(&ours, None, "unknown").await, Err(Error::user_not_found()));
        assert_eq!(server.calls.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn calls_go_to_the_processes_that_answer_and_keys_stay_with_one() {
        let token = Secret::random().unwrap();
        let (one, two) =
            (Running::start("127.0.0.1:0", &token).await, Running::start("127.0.0.1:0", &token).await);
        let pool = pool(&[&one, &two], &token);
        pool.ready().await;
        for _ in 0..20 {
            ask(&pool, Some("conversation-1"), "u").await.unwrap();
        }
        let (first, second) = (one.calls.load(Ordering::SeqCst), two.calls.load(Ordering::SeqCst));
        assert!(
            first.max(second) >= 19,
            "one process serves a key once both are known: {first} and {second}"
        );

        let (calls, address) = (Arc::clone(&two.calls), one.stop().await);
        let before = calls.load(Ordering::SeqCst);
        for _ in 0..20 {
            ask(&pool, Some("conversation-1"), "u").await.unwrap();
        }
        assert_eq!(
            calls.load(Ordering::SeqCst),
            before + 20,
            "the other process took over, and every call was answered"
        );

        two.stop().await;
        let back = tokio::spawn({
            let (token, address) = (token.clone(), address.to_string());
            async move { Running::start(&address, &token).await }
        });
        ask(&pool, None, "u").await.expect("a call waits for a process to come back");
        back.await.unwrap().stop().await;
    }

    /// Makes a call that must not be made twice.
    async fn ask_once(pool: &Pool) -> protos::Result<GetProfileResponse> {
        let request = GetProfileRequest { user_id: "u".into() };
        pool.once(|channel: AuthorizedChannel| {
            let request = request.clone();
            async move { UserServiceClient::new(channel).get_profile(request).await }
        })
        .await
    }

    #[tokio::test]
    async fn a_call_that_must_not_be_made_twice_is_still_made_while_a_process_restarts() {
        let token = Secret::random().unwrap();
        let (one, two) =
            (Running::start("127.0.0.1:0", &token).await, Running::start("127.0.0.1:0", &token).await);
        // Nobody is asked for its health again: only the calls themselves find out who has gone.
        let config = PoolConfig { probe_every: Duration::from_secs(3_600), ..PoolConfig::default() };
        let pool = Pool::start("test", &[one.url(), two.url()], &token, config).unwrap();
        while [&one, &two].iter().any(|process| process.calls.load(Ordering::SeqCst) == 0) {
            ask_once(&pool).await.unwrap();
        }
        let (calls, before) = (Arc::clone(&two.calls), two.calls.load(Ordering::SeqCst));
        let address = one.stop().await;
        for _ in 0..10 {
            ask_once(&pool).await.unwrap();
        }
        assert_eq!(calls.load(Ordering::SeqCst), before + 10, "each call was made once");

        two.stop().await;
        let address = address.to_string();
        let (back, answer) = tokio::join!(Running::start(&address, &token), ask_once(&pool));
        answer.expect("it waits for a process to come back");
        assert_eq!(back.calls.load(Ordering::SeqCst), 1);
    }

    /// A server whose whole thread stands still, with its connections open, from when it is told to until this is dropped.
    struct Stoppable {
        url: Url,
        stop: Option<tokio::sync::oneshot::Sender<()>>,
        _go_on: std::sync::mpsc::Sender<()>,
    }

    impl Stoppable {
        async fn start(token: &Secret) -> Self {
            let (started, url) = tokio::sync::oneshot::channel();
            let (stop, stopped) = tokio::sync::oneshot::channel();
            let (go_on, goes_on) = std::sync::mpsc::channel();
            let token = token.clone();
            std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                runtime.block_on(async move {
                    let server = Running::start("127.0.0.1:0", &token).await;
                    started.send(server.url()).unwrap();
                    stopped.await.ok();
                    goes_on.recv().ok();
                });
            });
            Self { url: url.await.unwrap(), stop: Some(stop), _go_on: go_on }
        }

        fn stand_still(&mut self) {
            self.stop.take().unwrap().send(()).unwrap();
        }
    }

    #[tokio::test]
    async fn a_process_that_stands_still_is_not_waited_for_until_the_deadline() {
        let token = Secret::random().unwrap();
        let (mut stuck, lively) =
            (Stoppable::start(&token).await, Running::start("127.0.0.1:0", &token).await);
        let config = PoolConfig { deadline: Duration::from_secs(60), probe_every: Duration::from_millis(50) };
        let pool = Pool::start("test", &[stuck.url.clone(), lively.url()], &token, config).unwrap();
        let key = loop {
            pool.ready().await;
            // Once both are known, one key in two is the stuck one's.
            let key = (0..64).map(|key| key.to_string()).find(|key| pool.place(key) == Some(0));
            match key {
                Some(key) if (0..64).any(|key| pool.place(&key.to_string()) == Some(1)) => break key,
                _ => tokio::task::yield_now().await,
            }
        };
        ask(&pool, Some(&key), "u").await.unwrap();
        assert_eq!(lively.calls.load(Ordering::SeqCst), 0);
        stuck.stand_still();
        let answer = tokio::time::timeout(Duration::from_secs(20), ask(&pool, Some(&key), "u")).await;
        assert!(answer.expect("the other process is asked long before the deadline").is_ok());
        assert_eq!(lively.calls.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_process_that_is_not_ready_gets_no_calls() {
        let token = Secret::random().unwrap();
        let (ready, not) =
            (Running::start("127.0.0.1:0", &token).await, Running::start("127.0.0.1:0", &token).await);
        not.health.set_ready(false).await;
        let pool = pool(&[&ready, &not], &token);
        for _ in 0..20 {
            ask(&pool, None, "u").await.unwrap();
        }
        assert_eq!(not.calls.load(Ordering::SeqCst), 0);
    }

    #[tokio::test]
    async fn a_call_ends_at_its_deadline() {
        let token = Secret::random().unwrap();
        let server = Running::start("127.0.0.1:0", &token).await;
        let config = PoolConfig { deadline: Duration::from_millis(200), ..PoolConfig::default() };
        let pool = Pool::start("test", &[server.url()], &token, config).unwrap();
        let call = pool.once(|channel| async move {
            UserServiceClient::new(channel).search_users(SearchUsersRequest::default()).await
        });
        let error = tokio::time::timeout(Duration::from_secs(20), call).await.unwrap().unwrap_err();
        assert_eq!(error.reason(), Reason::Timeout);
    }

    #[tokio::test]
    async fn urls_that_are_no_grpc_service_are_refused() {
        let token = Secret::random().unwrap();
        for url in ["https://127.0.0.1:1", "ftp://x", "unix:/tmp/x"] {
            let url: Url = url.parse().unwrap();
            assert!(Pool::start("x", &[url], &token, PoolConfig::default()).is_err());
        }
        assert!(Pool::start("x", &[], &token, PoolConfig::default()).is_err());
    }

    #[tokio::test]
    async fn a_port_that_is_taken_is_named_before_anything_starts() {
        let token = Secret::random().unwrap();
        let server = Running::start("127.0.0.1:0", &token).await;
        let error = Server::bind(server.address, token).await.unwrap_err().to_string();
        assert!(error.contains(&server.address.to_string()), "{error}");
    }
}
