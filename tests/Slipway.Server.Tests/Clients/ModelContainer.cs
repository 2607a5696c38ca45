using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Server.Tests.Aws;

namespace Slipway.Server.Tests.Clients;

/// <summary>How a container writes its streams.</summary>
public enum Framing
{
    /// <summary>As vLLM does: events, and <c>[DONE]</c>.</summary>
    Events,

    /// <summary>One JSON object on each line.</summary>
    Lines,

    /// <summary>It does not stream: its whole answer is the stream.</summary>
    OneObject,
}

/// <summary>The container of a SageMaker endpoint: a real model behind one of the three framings.</summary>
internal sealed class ModelContainer(HttpClient model, Framing framing)
{
    public async Task AnswerAsync(StandInCall call)
    {
        var body = JsonNode.Parse(call.Body)!.AsObject();
        // A container has one door: what is meant shows in the body.
        var path = body.ContainsKey("messages") ? "/v1/chat/completions" : body.ContainsKey("prompt") ? "/v1/completions" : "/v1/embeddings";
        var streams = call.Path.EndsWith("response-stream", StringComparison.Ordinal);
        if (framing is Framing.OneObject)
        {
            body.Remove("stream");
            body.Remove("stream_options");
        }

        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json"),
        };
        using var answer = await model.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, call.Aborted);
        if (!answer.IsSuccessStatusCode)
        {
            await RefuseAsync(call, answer);
        }
        else if (streams)
        {
            await StreamAsync(call, answer);
        }
        else
        {
            await StandInContainers.Answers(await answer.Content.ReadAsStringAsync(call.Aborted))(call);
        }
    }

    // SageMaker wraps what a container refuses.
    private static async Task RefuseAsync(StandInCall call, HttpResponseMessage answer)
    {
        var said = await answer.Content.ReadAsStringAsync(call.Aborted);
        await AwsStandIn.RefuseAsync(call.Http, 424, "ModelError", JsonSerializer.Serialize(new
        {
            ErrorCode = "CLIENT_ERROR_FROM_MODEL",
            Message = $"Received client error ({(int)answer.StatusCode}) from primary with message \"{said}\".",
            OriginalMessage = said,
            OriginalStatusCode = (int)answer.StatusCode,
        }));
    }

    private async Task StreamAsync(StandInCall call, HttpResponseMessage answer)
    {
        var cut = new Random(call.Seed);
        call.Http.Response.ContentType = "application/vnd.amazon.eventstream";
        await call.Http.Response.StartAsync(call.Aborted);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(call.Aborted), Encoding.UTF8);
        while (await reader.ReadLineAsync(call.Aborted) is { } line)
        {
            if (Framed(line) is { Length: > 0 } text)
            {
                await SendAsync(call, Encoding.UTF8.GetBytes(text), cut);
            }
        }
    }

    private string Framed(string line) => framing is Framing.Lines
        ? line.StartsWith("data: {", StringComparison.Ordinal) ? line["data: ".Length..] + "\n" : ""
        : line + "\n";

    // In parts of any size: a part may end inside an event, a word or a character.
    private static async Task SendAsync(StandInCall call, ReadOnlyMemory<byte> bytes, Random cut)
    {
        for (int at = 0, length; at < bytes.Length; at += length)
        {
            length = Math.Min(cut.Next(1, 400), bytes.Length - at);
            await call.Http.Response.Body.WriteAsync(EventStreamText.Part(bytes.Slice(at, length).Span), call.Aborted);
        }

        await call.Http.Response.Body.FlushAsync(call.Aborted);
    }
}
