"""The vendors' own SDKs, against a server and against bodies of requests.

`peers.py clients ADDRESS` asks the server at ADDRESS through every SDK, whole and in
streams, and prints one JSON object for each answer. `peers.py bodies` reads an object
of bodies from its input and has the types of the SDKs check them. `peers.py sign` reads
what is to be signed and prints the header that botocore makes of it.
"""

import base64
import json
import sys


def say(sdk, mode, text, call, stop, tokens):
    print(json.dumps({"sdk": sdk, "mode": mode, "text": text, "call": call, "stop": stop,
                      "tokens": tokens}))


def anthropic_client(address):
    import anthropic

    client = anthropic.Anthropic(base_url=address, api_key="k", max_retries=0)
    asked = {"model": "test-one", "max_tokens": 50,
             "messages": [{"role": "user", "content": "Hello."}]}

    def report(mode, message):
        text = "".join(block.text for block in message.content if block.type == "text")
        calls = [block for block in message.content if block.type == "tool_use"]
        thoughts = [block for block in message.content if block.type == "thinking"]
        assert thoughts[0].signature.startswith("mock-signature-"), thoughts
        say("anthropic", mode, text, [calls[0].name, calls[0].input], message.stop_reason,
            [message.usage.input_tokens, message.usage.output_tokens])

    report("whole", client.messages.create(**asked))
    with client.messages.stream(**asked) as stream:
        for _ in stream:
            pass
        report("stream", stream.get_final_message())


def openai_client(address):
    import openai

    client = openai.OpenAI(base_url=address + "/v1", api_key="k", max_retries=0)
    asked = {"model": "test-one", "messages": [{"role": "user", "content": "Hello."}]}
    answer = client.chat.completions.create(**asked)
    choice = answer.choices[0]
    call = choice.message.tool_calls[0].function
    say("openai.chat", "whole", choice.message.content, [call.name, json.loads(call.arguments)],
        choice.finish_reason, [answer.usage.prompt_tokens, answer.usage.completion_tokens])
    text, name, arguments, stop, tokens = "", "", "", None, None
    chunks = client.chat.completions.create(**asked, stream=True)
    for chunk in chunks:
        if chunk.usage:
            tokens = [chunk.usage.prompt_tokens, chunk.usage.completion_tokens]
        for choice in chunk.choices:
            text += choice.delta.content or ""
            stop = choice.finish_reason or stop
            for call in choice.delta.tool_calls or []:
                name += call.function.name or ""
                arguments += call.function.arguments or ""
    say("openai.chat", "stream", text, [name, json.loads(arguments)], stop, tokens)

    def report(mode, response):
        calls = [item for item in response.output if item.type == "function_call"]
        thoughts = [item for item in response.output if item.type == "reasoning"]
        assert thoughts[0].encrypted_content == "bW9jaw==", thoughts
        say("openai.responses", mode, response.output_text,
            [calls[0].name, json.loads(calls[0].arguments)], response.status,
            [response.usage.input_tokens, response.usage.output_tokens])

    asked = {"model": "test-one", "input": "Hello."}
    report("whole", client.responses.create(**asked))
    with client.responses.stream(**asked) as stream:
        for _ in stream:
            pass
        report("stream", stream.get_final_response())


def gemini_client(address):
    from google import genai
    from google.genai import types

    client = genai.Client(api_key="k", http_options=types.HttpOptions(base_url=address))

    def report(mode, answers):
        text, call, stop, usage = "", None, None, None
        for answer in answers:
            usage = answer.usage_metadata or usage
            for part in answer.candidates[0].content.parts or []:
                if part.function_call:
                    call = [part.function_call.name, part.function_call.args]
                    assert part.thought_signature == b"mock", part
                elif not part.thought:
                    text += part.text or ""
            stop = answer.candidates[0].finish_reason or stop
        say("google-genai", mode, text, call, stop.name,
            [usage.prompt_token_count, usage.candidates_token_count])

    asked = {"model": "test-one", "contents": "Hello."}
    report("whole", [client.models.generate_content(**asked)])
    report("stream", client.models.generate_content_stream(**asked))


def ollama_client(address):
    import ollama

    client = ollama.Client(host=address)
    asked = {"model": "test-one", "messages": [{"role": "user", "content": "Hello."}]}

    def report(mode, answers):
        text, call, last = "", None, None
        for answer in answers:
            text += answer.message.content or ""
            for one in answer.message.tool_calls or []:
                call = [one.function.name, dict(one.function.arguments)]
            last = answer
        say("ollama", mode, text, call, last.done_reason,
            [last.prompt_eval_count, last.eval_count])

    report("whole", [client.chat(**asked)])
    report("stream", client.chat(**asked, stream=True))


def bedrock_client(address):
    client = bedrock(address)
    asked = {"modelId": "test-one",
             "messages": [{"role": "user", "content": [{"text": "Hello."}]}]}
    answer = client.converse(**asked)
    content = answer["output"]["message"]["content"]
    text = "".join(block.get("text", "") for block in content)
    call = [block["toolUse"] for block in content if "toolUse" in block][0]
    usage = answer["usage"]
    say("botocore", "whole", text, [call["name"], call["input"]], answer["stopReason"],
        [usage["inputTokens"], usage["outputTokens"]])
    text, name, arguments, stop, tokens = "", "", "", None, None
    for event in client.converse_stream(**asked)["stream"]:
        if "contentBlockStart" in event:
            name = event["contentBlockStart"]["start"]["toolUse"]["name"]
        delta = event.get("contentBlockDelta", {}).get("delta", {})
        text += delta.get("text", "")
        arguments += delta.get("toolUse", {}).get("input", "")
        stop = event.get("messageStop", {}).get("stopReason", stop)
        if "metadata" in event:
            usage = event["metadata"]["usage"]
            tokens = [usage["inputTokens"], usage["outputTokens"]]
    say("botocore", "stream", text, [name, json.loads(arguments)], stop, tokens)


def bedrock(address):
    import botocore.config
    import botocore.session

    config = botocore.config.Config(retries={"total_max_attempts": 1})
    return botocore.session.get_session().create_client(
        "bedrock-runtime", region_name="eu-central-1", endpoint_url=address, config=config,
        aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key="secret")


def bodies(given):
    import anthropic.types
    import openai.types.chat
    import openai.types.responses
    from google.genai import types
    from pydantic import ConfigDict, TypeAdapter
    from botocore.validate import ParamValidator

    def check(params, body):
        TypeAdapter(params).validate_python(body)
        known = set(params.__annotations__)
        for base in params.__mro__:
            known |= set(getattr(base, "__annotations__", {}))
        unknown = set(body) - known
        assert not unknown, unknown

    check(anthropic.types.message_create_params.MessageCreateParamsNonStreaming,
          given["anthropic"])
    check(openai.types.chat.completion_create_params.CompletionCreateParamsNonStreaming,
          given["chat"])
    check(openai.types.responses.response_create_params.ResponseCreateParamsNonStreaming,
          given["responses"])
    body = given["gemini"]
    for content in body["contents"]:
        types.Content.model_validate(content)
    for tool in body["tools"]:
        types.Tool.model_validate(tool)
    types.GenerationConfig.model_validate(body["generationConfig"])

    body = given["bedrock"]
    for message in body["messages"]:
        for block in message["content"]:
            if "image" in block:
                source = block["image"]["source"]
                source["bytes"] = base64.b64decode(source["bytes"])
    shape = bedrock("http://localhost").meta.service_model.operation_model("Converse").input_shape
    report = ParamValidator().validate(dict(body, modelId="test-one"), shape)
    assert not report.has_errors(), report.generate_report()
    print("good")


def sign(given):
    import datetime

    from botocore import auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    class Then(datetime.datetime):
        @classmethod
        def then(cls):
            return datetime.datetime.strptime(given["at"], "%Y%m%dT%H%M%SZ")

        @classmethod
        def utcnow(cls):
            return cls.then()

        @classmethod
        def now(cls, tz=None):
            return cls.then().replace(tzinfo=tz)

    credentials = Credentials("AKIDEXAMPLE", given["secret"], given["session"])
    request = AWSRequest("POST", given["url"], data=given["body"].encode())
    signer = auth.SigV4Auth(credentials, "bedrock", "eu-central-1")
    if hasattr(auth, "get_current_datetime"):
        auth.get_current_datetime = lambda *_, **__: Then.then()
    auth.datetime = type("datetime", (), {"datetime": Then}) if hasattr(
        auth.datetime, "datetime") else Then
    signer.add_auth(request)
    print(request.headers["Authorization"])


if __name__ == "__main__":
    if sys.argv[1] == "clients":
        for client in (anthropic_client, openai_client, gemini_client, ollama_client,
                       bedrock_client):
            client(sys.argv[2])
    elif sys.argv[1] == "bodies":
        bodies(json.load(sys.stdin))
    else:
        sign(json.load(sys.stdin))
