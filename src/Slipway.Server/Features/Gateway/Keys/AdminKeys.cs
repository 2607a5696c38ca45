using Slipway.Server.Platform.Auth;
using Slipway.Server.Platform.Errors;
using Slipway.Server.Platform.Validation;

namespace Slipway.Server.Features.Gateway.Keys;

/// <summary>/admin/keys: what <c>slipway keys</c> does, over HTTP.</summary>
internal static class AdminKeys
{
    private const long MostOverlapSeconds = 365 * 86400;

    public static void Map(IEndpointRouteBuilder admin)
    {
        var keys = admin.MapGroup("/admin/keys");
        keys.MapGet("/", List).WithSummary("Lists all keys, the oldest first").Produces<KeyList>();
        keys.MapPost("/", Create).ReadsBody(ReadTerms).WithSummary("Makes a key; only this answer holds its secret")
            .Produces<IssuedKey>(StatusCodes.Status201Created).Produces<ErrorBody>(StatusCodes.Status409Conflict);
        keys.MapDelete("/{id}", Revoke).WithSummary("Ends a key at once, named by its id or name").Produces(StatusCodes.Status204NoContent)
            .Produces<ErrorBody>(StatusCodes.Status404NotFound);
        keys.MapPost("/{id}/rotate", Rotate).ReadsBody(ReadRotation, mayBeEmpty: true)
            .WithSummary("Gives a key a new secret; the old one works for overlap_seconds more")
            .Produces<IssuedKey>().Produces<ErrorBody>(StatusCodes.Status404NotFound);
    }

    private static async Task<IResult> List(KeyIssuer issuer, CancellationToken cancellationToken) =>
        TypedResults.Ok(new KeyList(await issuer.ListAsync(cancellationToken)));

    private static Task<IResult> Create(Body<KeyTerms> body, KeyIssuer issuer, KeyRing ring, HttpResponse response, CancellationToken cancellationToken) =>
        AnswerAsync(async () =>
        {
            var issued = await issuer.CreateAsync(body.Value, cancellationToken);
            return Shown(TypedResults.Created($"/admin/keys/{issued.Key.Id}", issued), response);
        }, ring, cancellationToken);

    private static Task<IResult> Revoke(string id, KeyIssuer issuer, KeyRing ring, CancellationToken cancellationToken) =>
        AnswerAsync(async () =>
        {
            await issuer.RevokeAsync(id, cancellationToken);
            return TypedResults.NoContent();
        }, ring, cancellationToken);

    private static Task<IResult> Rotate(
        string id, Body<Rotation> body, KeyIssuer issuer, KeyRing ring, HttpResponse response, CancellationToken cancellationToken) =>
        AnswerAsync(async () =>
        {
            var overlap = TimeSpan.FromSeconds(body.Value.OverlapSeconds);
            return Shown(TypedResults.Ok(await issuer.RotateAsync(id, overlap, cancellationToken)), response);
        }, ring, cancellationToken);

    // In this process a change is in force before its answer is sent.
    private static async Task<IResult> AnswerAsync(Func<Task<IResult>> change, KeyRing ring, CancellationToken cancellationToken)
    {
        try
        {
            var result = await change();
            await ring.RefreshAsync(cancellationToken);
            return result;
        }
        catch (KeyException exception)
        {
            return exception.Fault switch
            {
                KeyFault.Taken => ErrorResult.Conflict(exception.Message),
                KeyFault.Unknown => ErrorResult.NotFound(exception.Message),
                _ => ErrorResult.BadRequest(exception.Message),
            };
        }
    }

    private static IResult Shown(IResult result, HttpResponse response)
    {
        response.Headers.CacheControl = "no-store";
        return result;
    }

    private static KeyTerms ReadTerms(BodyObject body) => new()
    {
        Name = body.Required("name").Text(min: 1, max: 100, mayBeBlank: false) ?? "",
        Models = body.Optional("models").List(item => item.Text(min: 1, max: 256), max: 1000),
        Rpm = body.Optional("rpm").Integer(1, 1_000_000_000),
        Tpm = body.Optional("tpm").Integer(1, 1_000_000_000_000),
        Concurrency = body.Optional("concurrency").Integer(1, 1_000_000),
        BudgetUsd = (decimal?)body.Optional("budget_usd").Number(0, 1_000_000_000, aboveMin: true),
        ExpiresAt = ReadTime(body.Optional("expires_at")),
        Admin = body.Optional("admin").Flag() ?? false,
    };

    private static Rotation ReadRotation(BodyObject body) => new(body.Optional("overlap_seconds").Integer(0, MostOverlapSeconds) ?? 0);

    private static DateTimeOffset? ReadTime(BodyValue value)
    {
        if (value.Text(max: 64) is not { } text)
        {
            return null;
        }
        if (KeyExpiry.TryParseTime(text, out var time))
        {
            return time;
        }
        value.Refuse<string>("is no time; accepted is ISO 8601, such as 2026-01-31T12:00:00Z", FaultTypes.String);
        return null;
    }

    internal sealed record Rotation(long OverlapSeconds);
}

internal sealed record KeyList(IReadOnlyList<KeyView> Keys);
