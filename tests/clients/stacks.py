"""Drives the stand-in of AWS with AWS's own library, which checks what it sends and reads against AWS's own service models.

Usage: stacks.py ENDPOINT_URL, with the key and the region in the environment. Tells what it saw as one JSON object.
"""
import json
import os
import sys
from xml.etree import ElementTree

import boto3
import botocore.exceptions
from botocore.config import Config
from botocore.validate import validate_parameters

TEMPLATE = os.environ["TEMPLATE"]
NAME = "EMD-Model-qwen3-8b"
ENDPOINT = "EMD-Model-qwen3-8b-endpoint"
NO_WAIT = {"Delay": 0, "MaxAttempts": 500}


def clients(url):
    config = Config(retries={"max_attempts": 0})
    return tuple(boto3.client(service, endpoint_url=url, config=config) for service in ("cloudformation", "sagemaker"))


def check(client, operation, answer):
    """Fails on a member that the service's model does not know, lacks, or has of another type."""
    answer = {name: value for name, value in answer.items() if name != "ResponseMetadata"}
    shape = client.meta.service_model.operation_model(operation).output_shape
    validate_parameters(answer, shape)
    return answer


def check_json(client, operation, body):
    """Fails on a member of an answer that the model does not know; botocore would drop it silently."""
    walk(client.meta.service_model.operation_model(operation).output_shape, json.loads(body), operation)


def check_xml(client, operation, body):
    """The same for XML; members are turned into what JSON would hold."""
    model = client.meta.service_model.operation_model(operation)
    result = next((child for child in ElementTree.fromstring(body) if local(child) == f"{operation}Result"), None)
    assert (result is None) == (model.output_shape is None), f"{operation}: a result where none belongs, or none"
    if result is not None:
        walk(model.output_shape, plain(model.output_shape, result), operation)


def local(element):
    namespace, name = element.tag[1:].split("}")
    assert namespace == "http://cloudformation.amazonaws.com/doc/2010-05-15/", namespace
    return name


def plain(shape, element):
    if shape.type_name == "structure":
        names = [local(child) for child in element]
        assert len(names) == len(set(names)), f"{names} holds one twice"
        return {local(child): plain(shape.members[local(child)], child) if local(child) in shape.members else None for child in element}
    if shape.type_name == "list":
        assert all(local(child) == "member" for child in element)
        return [plain(shape.member, child) for child in element]
    return element.text or ""


def walk(shape, value, path):
    if shape.type_name == "structure":
        unknown = set(value) - set(shape.members)
        assert not unknown, f"{path}: unknown {unknown}"
        missing = set(shape.required_members) - set(value)
        assert not missing, f"{path}: missing {missing}"
        for name, member in value.items():
            walk(shape.members[name], member, f"{path}.{name}")
    elif shape.type_name == "list":
        for item in value:
            walk(shape.member, item, f"{path}[]")
    elif getattr(shape, "enum", None):
        assert value in shape.enum, f"{path}: {value} is none of {shape.enum}"


def code_of(call):
    try:
        call()
    except botocore.exceptions.ClientError as error:
        return f"{error.response['Error']['Code']}: {error.response['Error']['Message']}"
    return None


def main():
    stacks, endpoints = clients(sys.argv[1])
    checks = []

    def check_body(client, checker):
        def look(http_response, model, **_):
            if http_response.status_code == 200:
                checker(client, model.name, http_response.content)
                checks.append(model.name)
        client.meta.events.register(f"after-call.{client.meta.service_model.service_id.hyphenize()}", look)

    check_body(stacks, check_xml)
    check_body(endpoints, check_json)
    seen = {}
    order = {
        "StackName": NAME, "TemplateBody": TEMPLATE, "Parameters": [{"ParameterKey": "ModelId", "ParameterValue": "Qwen3-8B"}],
        "Tags": [{"Key": "slipway", "Value": "1"}], "OnFailure": "ROLLBACK", "ClientRequestToken": "t-1",
    }
    seen["id"] = check(stacks, "CreateStack", stacks.create_stack(**order))["StackId"]
    seen["taken"] = code_of(lambda: stacks.create_stack(**{**order, "ClientRequestToken": "t-2"}))
    seen["early"] = check(stacks, "DescribeStacks", stacks.describe_stacks(StackName=NAME))["Stacks"][0]["StackStatus"]
    stacks.get_waiter("stack_create_complete").wait(StackName=NAME, WaiterConfig=NO_WAIT)

    stack = check(stacks, "DescribeStacks", stacks.describe_stacks(StackName=seen["id"]))["Stacks"][0]
    seen["stack"] = [stack["StackStatus"], stack["Outputs"], stack["Tags"], stack["EnableTerminationProtection"]]
    pages = stacks.get_paginator("describe_stack_events").paginate(StackName=NAME)
    seen["events"] = [event["ResourceStatus"] for page in pages for event in check(stacks, "DescribeStackEvents", page)["StackEvents"]]
    resources = check(stacks, "DescribeStackResources", stacks.describe_stack_resources(StackName=NAME))["StackResources"]
    seen["resources"] = sorted(resource["ResourceType"] for resource in resources)

    endpoint = check(endpoints, "DescribeEndpoint", endpoints.describe_endpoint(EndpointName=ENDPOINT))
    seen["endpoint"] = [endpoint["EndpointStatus"], endpoint["ProductionVariants"][0]["CurrentInstanceCount"]]
    endpoints.get_waiter("endpoint_in_service").wait(EndpointName=ENDPOINT, WaiterConfig=NO_WAIT)
    listed = check(endpoints, "ListEndpoints", endpoints.list_endpoints(NameContains="qwen3", MaxResults=5))
    seen["listed"] = [one["EndpointName"] for one in listed["Endpoints"]]

    update = {"StackName": NAME, "UsePreviousTemplate": True}
    same = [{"ParameterKey": "ModelId", "UsePreviousValue": True}]
    seen["unchanged"] = code_of(lambda: stacks.update_stack(Parameters=same, **update))
    seen["unknown"] = code_of(lambda: stacks.update_stack(Parameters=same + [{"ParameterKey": "X", "ParameterValue": "1"}], **update))
    bigger = same + [{"ParameterKey": "InstanceType", "ParameterValue": "ml.g5.12xlarge"}]
    check(stacks, "UpdateStack", stacks.update_stack(Parameters=bigger, **update))
    stacks.get_waiter("stack_update_complete").wait(StackName=NAME, WaiterConfig=NO_WAIT)

    stacks.delete_stack(StackName=NAME)
    stacks.get_waiter("stack_delete_complete").wait(StackName=seen["id"], WaiterConfig=NO_WAIT)
    seen["gone"] = code_of(lambda: stacks.describe_stacks(StackName=NAME))
    seen["deleted"] = check(stacks, "DescribeStacks", stacks.describe_stacks(StackName=seen["id"]))["Stacks"][0]["StackStatus"]
    seen["endpoint gone"] = code_of(lambda: endpoints.describe_endpoint(EndpointName=ENDPOINT))
    os.environ["AWS_SECRET_ACCESS_KEY"] = "another"
    boto3.setup_default_session()
    wrong, _ = clients(sys.argv[1])
    seen["wrong key"] = code_of(wrong.describe_stacks)
    seen["checked"] = sorted(set(checks))
    print(json.dumps(seen))


main()
