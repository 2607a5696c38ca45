#!/usr/bin/env python3
"""Deploys a model with a Slipway server, asks it something, and takes it away again. Needs requests (python3-requests).

    python3 deploy.py [http://127.0.0.1:8000]
"""
import sys
import time

import requests

# What any server can deploy: the model that it carries, on its own machine.
MODEL = {"model_id": "slipway-tiny", "instance_type": "local", "engine_type": "slipway", "service_type": "local"}
TAG = "example"


class Refused(Exception):
    """The server did not do as told, and says why."""

    def __init__(self, status, detail):
        super().__init__(detail if isinstance(detail, str) else "; ".join(fault["msg"] for fault in detail))
        self.status = status


class ModelDeployer:
    """The model deployer of a server. Every answer is JSON, refusals too: they have a "detail"."""

    def __init__(self, base_url):
        self.base_url = base_url.rstrip("/")

    def ping(self):
        return requests.get(self.base_url + "/ping").json()

    def supported_models(self):
        return self._post("/emd_supported_models", {})

    def details(self, model_id, detail=True):
        return self._post("/emd_details", {"model_id": model_id, "detail": detail})

    def deploy(self, model_id, instance_type, engine_type, service_type, **more):
        """Further fields: model_tag, region, model_stack_name, extra_params and so on."""
        return self._post("/emd_deploy", {
            "model_id": model_id,
            "instance_type": instance_type,
            "engine_type": engine_type,
            "service_type": service_type,
            **more,
        })

    def status(self, model_id, model_tag="dev"):
        return self._post("/emd_status", {"model_id": model_id, "model_tag": model_tag})

    def destroy(self, model_id, model_tag="dev"):
        return self._post("/emd_destroy", {"model_id": model_id, "model_tag": model_tag})

    def models(self):
        return self._post("/emd_models", {})

    def chat(self, model_id, model_tag, question):
        """Any client of OpenAI's API does this as well."""
        answer = self._post("/v1/chat/completions", {
            "model": f"{model_id}/{model_tag}",
            "messages": [{"role": "user", "content": question}],
            "temperature": 0,
        })
        return answer["choices"][0]["message"]["content"]

    def wait_for_deployment(self, model_id, model_tag="dev", every=1, at_most=1800):
        """Gives the status when the model is in service, or cannot be."""
        end = time.monotonic() + at_most
        seen = None
        while time.monotonic() < end:
            status = self.status(model_id, model_tag)
            if status.get("status") != seen:
                seen = status.get("status")
                print(f"  {seen}", flush=True)
            if status.get("status") in ("InService", "Failed"):
                return status
            time.sleep(every)
        raise TimeoutError(f"{model_id}/{model_tag} is still {seen} after {at_most} seconds.")

    def wait_until_gone(self, model_id, model_tag="dev", every=1, at_most=600):
        end = time.monotonic() + at_most
        while time.monotonic() < end:
            try:
                self.status(model_id, model_tag)
            except Refused as refusal:
                if refusal.status == 404:
                    return
                raise
            time.sleep(every)
        raise TimeoutError(f"{model_id}/{model_tag} is still there after {at_most} seconds.")

    def _post(self, path, body):
        response = requests.post(self.base_url + path, json=body)
        answer = response.json()
        if response.status_code >= 400:
            raise Refused(response.status_code, answer.get("detail", answer))
        return answer


def main():
    deployer = ModelDeployer(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000")
    model_id = MODEL["model_id"]
    print(deployer.ping()["message"])
    print(f"{len(deployer.supported_models())} models can be deployed.")
    about = deployer.details(model_id)[model_id]
    print(f"{about['model_name']}: {about['model_size']}, engines {', '.join(about['supported_engines'])}")

    print(deployer.deploy(**MODEL, model_tag=TAG)["message"])
    try:
        status = deployer.wait_for_deployment(model_id, TAG)
        if status["status"] == "Failed":
            print(status["failure_reason"], file=sys.stderr)
            return 1
        print(deployer.chat(model_id, TAG, "What is AES?"))
        for model in deployer.models():
            print(f"{model['model_id']}/{model['model_tag']} {model['status']} at {model['outputs']['endpoint_url']}")
    finally:
        deployer.destroy(model_id, TAG)
    deployer.wait_until_gone(model_id, TAG)
    print("It is gone.")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (Refused, TimeoutError, requests.ConnectionError) as error:
        sys.exit(str(error))
