using Slipway.Server.Aws;

namespace Slipway.Server.Features.Gateway.Upstreams.SageMaker;

/// <summary>A SageMaker endpoint whose container speaks OpenAI's words, TGI's or LMI's.</summary>
internal sealed partial class SageMakerUpstream(
    SageMakerRuntimeClient client, SageMakerUpstreamOptions options, TimeProvider clock, ILogger<SageMakerUpstream> logger) : IUpstream
{
    private const int LongestInferenceId = 63;

    /// <summary>Whether a model name is that of an endpoint which may be called by it.</summary>
    public bool Allows(string endpointName) => options.AllowedEndpoints.Contains(endpointName, StringComparer.Ordinal);

    public async Task<UpstreamAnswer> SendAsync(GatewayCall call, string model, CancellationToken cancellationToken)
    {
        var endpoint = Allows(model) ? model : options.EndpointName ?? throw SageMakerErrors.NotFound(call.Model);
        var invocation = new EndpointInvocation
        {
            EndpointName = endpoint,
            Region = options.Region,
            TargetVariant = options.TargetVariant,
            InferenceComponent = options.InferenceComponent,
            InferenceId = InferenceIdOf(call),
            Body = SageMakerRequest.Write(call, options.Model == ModelField.Replace ? model : null, options.AskForUsage),
        };
        try
        {
            return call.Stream
                ? await StreamAsync(call, invocation, cancellationToken)
                : await AnswerAsync(call, invocation, cancellationToken);
        }
        catch (AwsException exception)
        {
            Report(call, endpoint, exception);
            throw SageMakerErrors.From(exception, call.Model);
        }
    }

    /// <summary>The request's id stands in what the endpoint captures, where SageMaker takes it for a name.</summary>
    private static string? InferenceIdOf(GatewayCall call) =>
        call.RequestId.Length <= LongestInferenceId && SageMakerRuntimeClient.IsName(call.RequestId) ? call.RequestId : null;

    private async Task<UpstreamAnswer> AnswerAsync(GatewayCall call, EndpointInvocation invocation, CancellationToken cancellationToken)
    {
        var translator = new WholeTranslator(call, clock);
        var answer = await client.InvokeEndpointAsync(invocation, options.LongestAnswer, cancellationToken);
        return new SageMakerAnswer(translator.Translate(answer), translator.Usage);
    }

    private async Task<UpstreamAnswer> StreamAsync(GatewayCall call, EndpointInvocation invocation, CancellationToken cancellationToken)
    {
        var source = await client.InvokeEndpointWithResponseStreamAsync(invocation, cancellationToken);
        var stream = new SageMakerStream(call, source, clock, failure => Report(call, invocation.EndpointName, failure));
        try
        {
            await stream.StartAsync(cancellationToken);
            return stream;
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    private void Report(GatewayCall call, string endpoint, AwsException failure) =>
        LogFailure(endpoint, call.RequestId, failure.Message, failure.Status);

    [LoggerMessage(2210, LogLevel.Warning, "SageMaker endpoint {Endpoint} failed for {RequestId} with status {Status}: {Reason}")]
    private partial void LogFailure(string endpoint, string requestId, string reason, int status);
}
