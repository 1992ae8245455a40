//! Which gateways live.

use protos::Result;
use protos::model::GatewayLease;
use protos::pb::repo::ListGatewaysRequest;
use protos::pb::repo::online_status_service_client::OnlineStatusServiceClient;

use super::{Repo, client};

impl Repo {
    /// Every gateway whose lease lives.
    pub(crate) async fn live_gateways(&self) -> Result<Vec<GatewayLease>> {
        let call = |channel| async move {
            client!(OnlineStatusServiceClient, channel).list_gateways(ListGatewaysRequest {}).await
        };
        let answer = self.0.idempotent(None, call).await?;
        Ok(answer.gateways.into_iter().map(Into::into).collect())
    }
}
