using System.Text.Json;

namespace Slipway.Client.Errors;

/// <summary>Makes exceptions of answers that are errors.</summary>
internal static class ApiErrors
{
    public static async Task ThrowIfFailedAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.IsSuccessStatusCode)
        {
            return;
        }

        var body = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        var (detail, faults) = Read(body);
        throw new SlipwayException(string.IsNullOrWhiteSpace(detail) ? $"The server answered {(int)response.StatusCode}." : detail)
        {
            Status = response.StatusCode,
            Faults = faults,
            RequestId = IdOf(response),
            RetryAfter = response.Headers.RetryAfter?.Delta,
        };
    }

    /// <summary>An answer that no Slipway server gives: most often a wrong address.</summary>
    public static SlipwayException NotOurs(HttpResponseMessage response, Exception? cause) =>
        new($"The answer of {response.RequestMessage?.RequestUri} is not one of a Slipway server.", cause!)
        {
            Status = response.StatusCode,
            RequestId = IdOf(response),
        };

    public static string? IdOf(HttpResponseMessage response) =>
        response.Headers.TryGetValues("x-request-id", out var values) ? values.FirstOrDefault() : null;

    private static (string Detail, IReadOnlyList<BodyFault> Faults) Read(string body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("detail", out var detail))
            {
                return (body, []);
            }

            if (detail.ValueKind == JsonValueKind.String)
            {
                return (detail.GetString()!, []);
            }

            var faults = detail.Deserialize(ClientJson.Wire.IReadOnlyListBodyFault) ?? [];
            return (string.Join("; ", faults.Select(fault => $"{string.Join('.', fault.Loc)}: {fault.Msg}")), faults);
        }
        catch (JsonException)
        {
            return (body, []);
        }
    }
}
