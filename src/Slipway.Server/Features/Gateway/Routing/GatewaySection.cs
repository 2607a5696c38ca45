using System.Reflection;

namespace Slipway.Server.Features.Gateway.Routing;

/// <summary>
/// Reads the section <c>Gateway</c> strictly. The framework's binder passes over what it cannot read within lists and
/// dictionaries: a route with one mistyped number would be gone without a word.
/// </summary>
internal static class GatewaySection
{
    // In the same section, but read elsewhere.
    private static readonly string[] OfOthers = ["Prices", "Limits"];

    /// <summary>The options, or null and what is wrong, each by its path in the configuration.</summary>
    public static GatewayOptions? Read(IConfiguration configuration, out IReadOnlyList<string> failures)
    {
        var section = configuration.GetSection("Gateway");
        var unknown = section.GetChildren().Where(child => !OfOthers.Contains(child.Key, StringComparer.OrdinalIgnoreCase));
        failures = [.. Unknown(unknown, typeof(GatewayOptions))];
        if (failures.Count > 0)
        {
            return null;
        }

        try
        {
            foreach (var route in section.GetSection(nameof(GatewayOptions.Routes)).GetChildren())
            {
                _ = route.Get<RouteOptions>(binder => binder.ErrorOnUnknownConfiguration = true);
            }

            return section.Get<GatewayOptions>() ?? new GatewayOptions();
        }
        catch (InvalidOperationException exception)
        {
            // A value that is no number, no time, or no word of the list.
            failures = [Innermost(exception).Message];
            return null;
        }
    }

    private static IEnumerable<string> Unknown(IEnumerable<IConfigurationSection> keys, Type type)
    {
        var known = type.GetProperties(BindingFlags.Public | BindingFlags.Instance);
        foreach (var key in keys)
        {
            var property = Array.Find(known, property => property.Name.Equals(key.Key, StringComparison.OrdinalIgnoreCase));
            if (property is null)
            {
                yield return $"{key.Path} is not known; accepted in its place: {string.Join(", ", known.Select(one => one.Name))}.";
                continue;
            }

            var isMany = property.PropertyType.IsGenericType;
            var inner = isMany ? property.PropertyType.GenericTypeArguments[^1] : property.PropertyType;
            if (inner.IsClass && inner.Namespace == typeof(GatewayOptions).Namespace)
            {
                var further = isMany ? key.GetChildren().SelectMany(item => item.GetChildren()) : key.GetChildren();
                foreach (var failure in Unknown(further, inner))
                {
                    yield return failure;
                }
            }
        }
    }

    // The outer ones say that something is wrong; the innermost says what, and where.
    private static InvalidOperationException Innermost(InvalidOperationException exception)
    {
        while (exception.InnerException is InvalidOperationException inner)
        {
            exception = inner;
        }

        return exception;
    }
}
