using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Slipway.Client.Chat;
using Slipway.Client.Errors;

namespace Slipway.Client;

public sealed partial class SlipwayClient
{
    /// <summary>Says <paramref name="message"/> and waits for the whole answer.</summary>
    public Task<ChatResponse> ChatAsync(string message, CancellationToken cancellationToken = default) =>
        ChatAsync(new ChatRequest { Message = message }, cancellationToken);

    /// <summary>Waits for the whole answer. A model that failed answers with <see cref="ChatResponse.Success"/> false.</summary>
    public Task<ChatResponse> ChatAsync(ChatRequest request, CancellationToken cancellationToken = default) =>
        PostAsync("api/v1/chat", request, ClientJson.Wire.ChatRequest, ClientJson.Wire.ChatResponse, cancellationToken);

    /// <summary>Says <paramref name="message"/> and gives the answer's events as they are made.</summary>
    public IAsyncEnumerable<ChatEvent> ChatStreamAsync(string message, CancellationToken cancellationToken = default) =>
        ChatStreamAsync(new ChatRequest { Message = message }, cancellationToken);

    /// <summary>Gives the answer's events as they are made; the last is an end or an error. Leaving the loop stops the server.</summary>
    /// <exception cref="SlipwayException">The server refused, or the stream broke off before its last event.</exception>
    public async IAsyncEnumerable<ChatEvent> ChatStreamAsync(
        ChatRequest request, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, new Uri("api/v1/chat/stream", UriKind.Relative));
        message.Content = JsonContent.Create(request, ClientJson.Wire.ChatRequest);
        message.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        using var response = await _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellationToken)
            .ConfigureAwait(false);
        await ApiErrors.ThrowIfFailedAsync(response, cancellationToken).ConfigureAwait(false);
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);

        var events = SseParser.Create(body, (_, data) => Parse(data, ClientJson.Wire.ChatEvent, response));
        await foreach (var item in events.EnumerateAsync(cancellationToken).ConfigureAwait(false))
        {
            yield return item.Data;
            if (item.Data.Type is ChatEventTypes.End or ChatEventTypes.Error)
            {
                yield break;
            }
        }

        throw new SlipwayException("The stream broke off before its last event.") { RequestId = ApiErrors.IdOf(response) };
    }

    /// <summary>What is loaded, and on what it runs.</summary>
    public Task<ModelInfo> GetModelInfoAsync(CancellationToken cancellationToken = default) =>
        GetAsync("api/v1/model/info", ClientJson.Wire.ModelInfo, null, cancellationToken);

    /// <summary>Whether the model can answer. An unhealthy one answers too.</summary>
    public Task<ChatHealth> GetChatHealthAsync(CancellationToken cancellationToken = default) =>
        GetAsync("api/v1/health", ClientJson.Wire.ChatHealth, HttpStatusCode.ServiceUnavailable, cancellationToken);

    /// <summary>Loads the configured model, or the one that <paramref name="request"/> names; returns when it is ready.</summary>
    public Task<ModelStatus> LoadModelAsync(LoadModelRequest? request = null, CancellationToken cancellationToken = default) =>
        PostAsync("api/v1/model/load", request, ClientJson.Wire.LoadModelRequest, ClientJson.Wire.ModelStatus, cancellationToken);

    /// <summary>Frees the model once the answers in flight are finished.</summary>
    public Task<ModelStatus> UnloadModelAsync(CancellationToken cancellationToken = default) =>
        PostAsync("api/v1/model/unload", null, ClientJson.Wire.LoadModelRequest, ClientJson.Wire.ModelStatus, cancellationToken);
}
