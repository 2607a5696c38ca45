using System.Globalization;
using System.Text.Json;
using Slipway.Server.Platform.Errors;
using Slipway.Server.Platform.Validation;

namespace Slipway.Server.Features.TrainingConfigs;

/// <summary>A whole number of the query string, checked by the same rules as one of a body.</summary>
internal static class QueryNumber
{
    public static long? Read(string name, string? text, long min, long max, FaultList faults)
    {
        if (text is null)
        {
            return null;
        }
        var json = long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? JsonSerializer.SerializeToElement(number, ErrorJson.Wire.Int64)
            : JsonSerializer.SerializeToElement(text, ErrorJson.Wire.String);
        return new BodyValue(json, BodyPath.Query.Then(name), faults).Integer(min, max);
    }
}
