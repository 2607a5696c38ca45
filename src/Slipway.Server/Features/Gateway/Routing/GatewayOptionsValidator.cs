using System.ComponentModel.DataAnnotations;

namespace Slipway.Server.Features.Gateway.Routing;

/// <summary>Looks at the whole of the section <c>Gateway</c>: a route that cannot work stops the start, or keeps a reload out.</summary>
internal sealed class GatewayOptionsValidator(ReplicaShelf shelf)
{
    /// <summary>What is wrong, each by its path in the configuration; nothing when all is well.</summary>
    public IReadOnlyList<string> Validate(GatewayOptions options)
    {
        var failures = Annotated("Gateway", options).ToList();
        var names = options.Routes.ToLookup(pair => pair.Value.Name ?? pair.Key, StringComparer.Ordinal);
        failures.AddRange(names.Where(same => same.Count() > 1).Select(same => $"Gateway:Routes names '{same.Key}' twice."));
        foreach (var (key, route) in options.Routes)
        {
            var path = $"Gateway:Routes:{key}";
            failures.AddRange(Annotated(path, route).Concat(Annotated(path + ":Timeouts", route.Timeouts)).Concat(Annotated(path + ":Breaker", route.Breaker)));
            failures.AddRange(Upstreams(path, route));
            failures.AddRange(route.Fallbacks.Where(fallback => !names.Contains(fallback))
                .Select(fallback => $"{path}:Fallbacks names '{fallback}', which is no route."));
        }

        return failures;
    }

    private IEnumerable<string> Upstreams(string path, RouteOptions route)
    {
        if (route.Upstreams.Count is 0 or > ModelRoute.MostReplicas)
        {
            yield return $"{path}:Upstreams has {route.Upstreams.Count}; accepted is 1 to {ModelRoute.MostReplicas}.";
        }

        if (!route.Upstreams.Any(upstream => upstream.Weight > 0))
        {
            yield return $"{path}:Upstreams has none with a Weight above 0.";
        }

        for (var i = 0; i < route.Upstreams.Count; i++)
        {
            var upstream = route.Upstreams[i];
            if (upstream.Weight is not (>= 0 and <= 1_000_000))
            {
                yield return $"{path}:Upstreams:{i}:Weight is {upstream.Weight}; accepted is 0 to 1000000.";
            }

            if (shelf.Check(upstream) is { } wrong)
            {
                yield return $"{path}:Upstreams:{i}: {wrong}";
            }
        }
    }

    private static IEnumerable<string> Annotated(string path, object options)
    {
        var results = new List<ValidationResult>();
        _ = Validator.TryValidateObject(options, new ValidationContext(options), results, validateAllProperties: true);
        return results.Select(result => $"{path}: {result.ErrorMessage}");
    }
}
