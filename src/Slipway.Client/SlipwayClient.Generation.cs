using Slipway.Client.Generation;

namespace Slipway.Client;

public sealed partial class SlipwayClient
{
    /// <summary>Continues <paramref name="prompt"/> and waits for the whole text.</summary>
    public Task<GenerateResponse> GenerateAsync(string prompt, CancellationToken cancellationToken = default) =>
        GenerateAsync(new GenerateRequest { Prompt = prompt }, cancellationToken);

    /// <summary>Waits for the whole text. Cancelling ends the generation.</summary>
    /// <exception cref="SlipwayException">The model does not take the prompt (400), or too many requests are waiting (429).</exception>
    public Task<GenerateResponse> GenerateAsync(GenerateRequest request, CancellationToken cancellationToken = default) =>
        PostAsync("generate", request, ClientJson.Wire.GenerateRequest, ClientJson.Wire.GenerateResponse, cancellationToken);

    /// <summary>Asks a question and waits for the answer with its thought and its confidence.</summary>
    /// <exception cref="SlipwayException">The model is not made for conversations (400), or too many requests are waiting (429).</exception>
    public Task<ThinkResponse> ThinkAsync(ThinkRequest request, CancellationToken cancellationToken = default) =>
        PostAsync("thinking", request, ClientJson.Wire.ThinkRequest, ClientJson.Wire.ThinkResponse, cancellationToken);

    /// <summary>Has up to ten texts written together. One that fails says so in its own result.</summary>
    /// <exception cref="SlipwayException">A value is not accepted (422), or too many requests are waiting (429).</exception>
    public Task<GenerateBatchResponse> GenerateBatchAsync(GenerateBatchRequest request, CancellationToken cancellationToken = default) =>
        PostAsync("batch_generate", request, ClientJson.Wire.GenerateBatchRequest, ClientJson.Wire.GenerateBatchResponse, cancellationToken);

    /// <summary>Counts and times of the generation service since the server started.</summary>
    public Task<GenerationStats> GetGenerationStatsAsync(CancellationToken cancellationToken = default) =>
        GetAsync("stats", ClientJson.Wire.GenerationStats, null, cancellationToken);

    /// <summary>What format the loaded model's weights are in, and which others there are.</summary>
    public Task<QuantizationStatus> GetQuantizationAsync(CancellationToken cancellationToken = default) =>
        GetAsync("quantization", ClientJson.Wire.QuantizationStatus, null, cancellationToken);

    /// <summary>Switches the format while the model serves; answers when it computes with it.</summary>
    /// <param name="format"><c>int8</c>, <c>int4</c>, <c>gptq</c>, <c>fp16</c> or <c>bf16</c>.</param>
    /// <param name="cancellationToken">Ends the waiting; the switch goes on. <see cref="CancelFormatSwitchAsync"/> ends it.</param>
    /// <exception cref="SlipwayException">The model is not there in it, or memory is missing (409); the old weights go on serving.</exception>
    public Task<QuantizationStatus> SwitchFormatAsync(string format, CancellationToken cancellationToken = default) =>
        PostAsync("quantization", new SwitchFormatRequest(format), ClientJson.Wire.SwitchFormatRequest, ClientJson.Wire.QuantizationStatus, cancellationToken);

    /// <summary>Cancels the switch under way, if there is one: whoever asked for it gets a 409, and the weights in use go on serving.</summary>
    /// <returns>What is in use once it has ended; a switch that was about to be done is done.</returns>
    public Task<QuantizationStatus> CancelFormatSwitchAsync(CancellationToken cancellationToken = default) =>
        CallAsync(HttpMethod.Delete, "quantization", null, ClientJson.Wire.QuantizationStatus, cancellationToken);
}
