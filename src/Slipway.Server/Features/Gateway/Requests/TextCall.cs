using Slipway.Server.Serving.Completions;

namespace Slipway.Server.Features.Gateway.Requests;

/// <summary>A request for text completions.</summary>
/// <param name="Completion">What the engine is to do.</param>
/// <param name="Echo">Whether each answer begins with its prompt.</param>
internal sealed record TextCall(CompletionRequest Completion, bool Echo)
{
    private const int MostPrompts = 128;
    private const int UsualTokens = 16;

    /// <summary>Reads the body of POST /v1/completions.</summary>
    public static TextCall Read(JsonField body)
    {
        var logprobs = body["logprobs"].Integer32(0, 5);
        var echo = body["echo"].Flag() ?? false;
        if (echo && logprobs is not null)
        {
            throw body["echo"].Wrong("false together with 'logprobs': the prompt's own probabilities are not computed");
        }

        if (!body["suffix"].IsAbsent && body["suffix"].Text() is not "")
        {
            throw body["suffix"].Wrong("none: this model continues texts, it does not fill gaps");
        }

        var choices = SamplingFields.ReadChoices(body);
        if (body["best_of"].Integer32(1, 20) is { } best && best != choices)
        {
            throw body["best_of"].Wrong($"the value of 'n', which is {choices}");
        }

        return new TextCall(
            new CompletionRequest
            {
                Prompts = PromptFields.Read(body["prompt"], MostPrompts / choices),
                Choices = choices,
                Sampling = SamplingFields.Read(body, logprobs),
                MaxTokens = SamplingFields.ReadTokens(body["max_tokens"]) ?? UsualTokens,
                Stop = SamplingFields.ReadStop(body["stop"]),
                IgnoreEnd = SamplingFields.ReadIgnoreEnd(body),
                Output = ToolFields.ReadOutput(body["response_format"]),
            },
            echo);
    }
}
