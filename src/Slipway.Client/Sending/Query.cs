using System.Globalization;

namespace Slipway.Client.Sending;

/// <summary>The part of an address behind the question mark; what is null is left out.</summary>
internal static class Query
{
    public static string Of(params ReadOnlySpan<(string Name, object? Value)> pairs)
    {
        List<string> parts = [];
        foreach (var (name, value) in pairs)
        {
            if (value is not null)
            {
                parts.Add($"{name}={Uri.EscapeDataString(Convert.ToString(value, CultureInfo.InvariantCulture)!)}");
            }
        }
        return parts.Count == 0 ? "" : "?" + string.Join('&', parts);
    }
}
