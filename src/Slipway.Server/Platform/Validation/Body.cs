using System.Reflection;
using Microsoft.AspNetCore.Http.Metadata;
using Slipway.Server.Platform.Errors;

namespace Slipway.Server.Platform.Validation;

/// <summary>
/// The body of a request as an endpoint's parameter: read and checked by the rules given to
/// <see cref="BodyEndpoints.ReadsBody{T}"/>. An endpoint runs only with a valid one.
/// </summary>
internal sealed class Body<T> : IRefusable
    where T : class
{
    private readonly T? _value;

    private Body(T? value, IResult? refusal) => (_value, Refusal) = (value, refusal);

    public T Value => _value ?? throw new InvalidOperationException("The endpoint lacks ReadsBody.");

    public IResult? Refusal { get; }

    public static async ValueTask<Body<T>> BindAsync(HttpContext context, ParameterInfo parameter)
    {
        var rules = context.GetEndpoint()?.Metadata.GetMetadata<BodyRules<T>>()
            ?? throw new InvalidOperationException($"{parameter.Member.DeclaringType}.{parameter.Member.Name} lacks ReadsBody.");
        var (document, refusal) = await JsonBody.ReadAsync(context, rules.MayBeEmpty, context.RequestAborted);
        if (refusal is not null)
        {
            return new Body<T>(null, refusal);
        }

        using (document)
        {
            var faults = new FaultList();
            var root = new BodyValue(document!.RootElement, BodyPath.Body, faults);
            var value = root.IsAbsent && !rules.MayBeEmpty
                ? root.Refuse<T>("value is not a valid dict", FaultTypes.Dict)
                : (root.IsAbsent ? rules.Read(JsonBody.EmptyObject) : root.Object(rules.Read));
            return faults.Count > 0 ? new Body<T>(null, new FaultsResult(faults.All)) : new Body<T>(value, null);
        }
    }
}

/// <summary>A parameter that may say no before the endpoint runs.</summary>
internal interface IRefusable
{
    IResult? Refusal { get; }
}

/// <summary>How an endpoint's body is read.</summary>
internal sealed record BodyRules<T>(Func<BodyObject, T> Read, bool MayBeEmpty);

internal static class BodyEndpoints
{
    /// <summary>Reads the JSON body by <paramref name="read"/>; faults answer 422 before the endpoint is called.</summary>
    public static RouteHandlerBuilder ReadsBody<T>(
        this RouteHandlerBuilder endpoint, Func<BodyObject, T> read, bool mayBeEmpty = false)
        where T : class => endpoint
        .WithMetadata(new BodyRules<T>(read, mayBeEmpty), new DescribedBody(typeof(T), mayBeEmpty))
        .Produces<FaultsBody>(StatusCodes.Status422UnprocessableEntity)
        .Produces<ErrorBody>(StatusCodes.Status413PayloadTooLarge)
        .Produces<ErrorBody>(StatusCodes.Status415UnsupportedMediaType)
        .RefusesInvalid();

    /// <summary>Answers with the refusal of the first parameter that has one.</summary>
    public static RouteHandlerBuilder RefusesInvalid(this RouteHandlerBuilder endpoint) =>
        endpoint.AddEndpointFilter((context, next) =>
            context.Arguments.OfType<IRefusable>().FirstOrDefault(argument => argument.Refusal is not null) is { } refused
                ? ValueTask.FromResult<object?>(refused.Refusal)
                : next(context));

    /// <summary>For the API document only.</summary>
    private sealed class DescribedBody(Type type, bool isOptional) : IAcceptsMetadata
    {
        public IReadOnlyList<string> ContentTypes { get; } = ["application/json"];

        public Type? RequestType => type;

        public bool IsOptional => isOptional;
    }
}
