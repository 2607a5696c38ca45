using System.Text.RegularExpressions;

namespace Slipway.Server.Aws;

/// <summary>One call of a model behind a SageMaker endpoint.</summary>
internal sealed record EndpointInvocation
{
    public required string EndpointName { get; init; }

    /// <summary>Null for the configured one.</summary>
    public string? Region { get; init; }

    /// <summary>Which of the endpoint's variants; null lets the endpoint choose.</summary>
    public string? TargetVariant { get; init; }

    /// <summary>Which of the endpoint's inference components, where it has any.</summary>
    public string? InferenceComponent { get; init; }

    /// <summary>Stands in the endpoint's captured data.</summary>
    public string? InferenceId { get; init; }

    /// <summary>JSON for the container.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }
}

/// <summary>The SageMaker runtime: what it takes to call an endpoint.</summary>
internal sealed partial class SageMakerRuntimeClient(AwsHttp http)
{
    private const string Json = "application/json";

    /// <summary>Calls an endpoint and reads its answer whole.</summary>
    /// <param name="invocation">The call.</param>
    /// <param name="longest">Most bytes that the answer may have.</param>
    /// <param name="cancellationToken">Aborts the call.</param>
    /// <exception cref="AwsException">It was refused, failed, or gave too long an answer.</exception>
    public async Task<byte[]> InvokeEndpointAsync(EndpointInvocation invocation, int longest, CancellationToken cancellationToken)
    {
        using var response = await http.SendAsync(Request(invocation, "invocations", "Accept"), cancellationToken);
        return await AwsBody.ReadAsync(AwsService.SageMakerRuntime, response, longest, cancellationToken);
    }

    /// <summary>Calls an endpoint for a stream. Disposing the stream aborts the call.</summary>
    /// <exception cref="AwsException">It was refused or failed before the stream began.</exception>
    public async Task<InvocationStream> InvokeEndpointWithResponseStreamAsync(
        EndpointInvocation invocation, CancellationToken cancellationToken)
    {
        var request = Request(invocation, "invocations-response-stream", "X-Amzn-SageMaker-Accept");
        var response = await http.SendAsync(request, cancellationToken);
        try
        {
            return await InvocationStream.OpenAsync(response, cancellationToken);
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    private static AwsRequest Request(EndpointInvocation invocation, string action, string accept)
    {
        List<(string Name, string Value)> headers = [(accept, Json)];
        Add("X-Amzn-SageMaker-Target-Variant", invocation.TargetVariant);
        Add("X-Amzn-SageMaker-Inference-Component", invocation.InferenceComponent);
        Add("X-Amzn-SageMaker-Inference-Id", invocation.InferenceId);
        return new AwsRequest
        {
            Service = AwsService.SageMakerRuntime,
            Region = invocation.Region,
            Path = $"/endpoints/{Checked(invocation.EndpointName)}/{action}",
            ContentType = Json,
            Headers = headers,
            Body = invocation.Body,
        };

        void Add(string name, string? value)
        {
            if (value is not null)
            {
                headers.Add((name, Checked(value)));
            }
        }
    }

    /// <summary>Names become part of a path and of headers: SageMaker's own rule for them is kept to.</summary>
    private static string Checked(string name) => IsName(name)
        ? name
        : throw new AwsException(AwsService.SageMakerRuntime.Name, "ValidationError",
            $"'{name}' is no name in SageMaker: 1 to 63 letters, digits and hyphens are, a hyphen neither first nor last.");

    /// <summary>Whether SageMaker could have given this name to an endpoint, a variant or a component.</summary>
    public static bool IsName(string name) => Name().IsMatch(name);

    [GeneratedRegex(@"\A[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}\z")]
    private static partial Regex Name();
}
