//! A report speaks of features, and of no model: it serves whichever model of its schema is active.

use alloy::primitives::B256;
use alloy::sol_types::SolCall;
use mandate_audit::audit;
use mandate_contracts::{IKernel, ModelStore};
use mandate_lab::deploy::mean;
use mandate_lab::world::DAY;
use mandate_model::{Model, Schema};

use crate::world::{Scene, subject_of};

/// The same features under other words.
fn reworded(schema: &Schema) -> Schema {
    Schema::new("another chance", schema.features().to_vec()).unwrap()
}

impl Scene {
    /// Registers a model and announces that it be active.
    fn announce_model(&mut self, model: &Model) -> Vec<u8> {
        let store = self.stage.at().model_store;
        let first = model.program().encode().into();
        let register = ModelStore::registerCall { first, chunks: vec![] };
        self.stage.must(self.agent(), store, &register).unwrap();
        let (market, model_id) = (self.actuator(), model.program().id());
        let call = IKernel::activateModelCall { market, slot: 2, modelId: model_id }.abi_encode();
        self.announce(call.clone());
        call
    }
}

/// K-11: of two models trained on other data under one schema, the second decides by reports that were signed under the first; a model
/// of another schema does not.
#[tokio::test]
async fn k11_a_report_signed_before_serves_a_model_trained_anew() {
    let mut s = Scene::open().await;
    s.to(DAY).await;
    let anew = mean(s.model.schema(), 0.05).unwrap();
    let anew = anew.with_manifest(B256::repeat_byte(9)).unwrap();
    let other = mean(&reworded(s.model.schema()), 0.05).unwrap();
    for (model, serves) in [(&anew, true), (&other, false)] {
        let call = s.announce_model(model);
        s.almost_ripe().await;
        let about = s.people[0].clone();
        let signed = s.decision(&about, &about).await;
        assert_eq!(signed.report.schemaHash, s.model.schema().hash());
        s.ripe(call).await;
        let decided = s.submit(signed);
        assert_eq!(decided.is_ok(), serves, "{decided:?}");
        if serves {
            let body = s.last_record().await.body;
            assert!(body.windows(32).any(|word| word == subject_of(&about).as_slice()));
        } else {
            assert!(decided.unwrap_err().to_string().contains("WrongSchema"));
        }
    }
    let found = audit(&s.history().await);
    // The audit ran the model that was active, on what the report says.
    assert!(found.is_clean() && found.reports == 1 && found.outputs == 1, "{found:?}");
}
